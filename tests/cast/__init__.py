"""The recording that README links: `abreast watch demo`, second by second, for asciinema."""
