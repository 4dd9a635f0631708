"""Call-flow tests in virtual time; without it there is no `pbx test`."""
