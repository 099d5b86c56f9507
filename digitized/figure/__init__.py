"""Reading Kaplan-Meier figures: vector paths of PDF and SVG, pixels of PNG, JPEG and TIFF."""
