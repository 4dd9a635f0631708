"""Translators between the wire and the exchange's facts and commands; those of trunks."""

from __future__ import annotations

from drivers.sip_gateway import SipGateway

# by the name that `[trunk.NAME] driver` gives it: a class that meets `drivers.trunk.Carrier`
DRIVERS = {"sip_gateway": SipGateway}
