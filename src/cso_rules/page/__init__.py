"""What a page, or a program in another language, needs to answer from kept plans without Python: `walker.js`."""
