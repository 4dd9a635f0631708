"""Translators between wire and exchange, facts and commands; without it no port opens."""

from __future__ import annotations

from drivers.sip_gateway import SipGateway

# by the name that `[trunk.NAME] driver` gives it: a class that meets `drivers.trunk.Carrier`
DRIVERS = {"sip_gateway": SipGateway}
