// Says so when the browser is too old for the page. Written for browsers that cannot even read the other scripts.
if (typeof DecompressionStream === "undefined" || typeof ResizeObserver === "undefined" || !String.prototype.replaceAll) {
  document.getElementById("too-old").hidden = false;
}
