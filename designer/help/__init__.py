"""Help in the window: pages with pictures, the catalogue over them, the fold beside a node."""
