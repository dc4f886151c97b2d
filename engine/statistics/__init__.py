"""Methods of statistics, each with its source: numbers in, numbers out. Pure, and without other packages."""
