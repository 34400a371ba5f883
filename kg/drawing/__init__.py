"""What a picture is made of: the choice of nodes, their places, the page."""
