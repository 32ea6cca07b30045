"""From files of any format to rows of cells, and from headings to facts."""
