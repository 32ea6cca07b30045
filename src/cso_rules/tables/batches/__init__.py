"""Large tables as Arrow batches: out of files, and into files."""
