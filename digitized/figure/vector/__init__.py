"""Reading curves from the paths of a PDF or SVG: exact to the drawing."""
