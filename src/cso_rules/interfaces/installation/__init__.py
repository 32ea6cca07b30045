"""What an installation consists of and whether it works: the subject of `doctor`; nothing about rules is decided."""
