"""Days lived by the queue engine in virtual time; without it no what-if and no `pbx simulate`."""
