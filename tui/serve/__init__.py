"""`abreast serve`: one session as a web page, read only, for any number of browsers up to a limit."""
