"""An invented world in the sources' own formats, for the offline first run; nothing in it is about anybody real."""
