"""One module a command; `flows.cli` imports a module only when its command is called."""
