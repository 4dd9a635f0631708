"""What a well-formed configuration may still get wrong: the checks of the site and its edges.

Each check yields findings; those of the dial plan, of menus and queues, of circles, prompts and
staff are next door.
"""

from __future__ import annotations

import os
import zoneinfo
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain

from config import call_flow, flow_graph, prompts, report_checks, staff, waiting
from config.forms import (
    check_name,
    check_number,
    is_address,
    parse_contact,
    parse_host,
    parse_host_port,
    parse_listen,
    parse_network,
)
from config.lines import Path
from config.not_yet import drivers_to_come
from config.problems import NAMED, Finding, suggestion, tried
from config.settings import Extension, Settings, Trunk

SOCKET_PATH_MAX = 107  # bytes: sun_path of unix(7), less its closing zero
PASSWORD_MIN = 8
COMMON_PASSWORDS = frozenset({"password", "passw0rd", "12345678", "123456789", "87654321"})
EVERYWHERE = ("0.0.0.0", "::")
LOOPBACK = ("127.", "::1", "localhost")


def check(settings: Settings) -> Iterator[Finding]:
    """Everything that is wrong or doubtful in settings of the right form."""
    return chain.from_iterable(each(settings) for each in CHECKS)


def check_names(settings: Settings) -> Iterator[Finding]:
    """Names and numbers can be dialled, written into targets and shown in log files."""
    for kind in sorted(NAMED):
        parse = check_number if kind == "extension" else check_name
        for name in getattr(settings, kind):
            yield from tried(parse, name, path=(kind, name))
    for name in ("any", "extensions"):
        if name in settings.trunk:
            yield Finding(("trunk", name), f'"{name}" has a meaning of its own in routes')


def check_site(settings: Settings) -> Iterator[Finding]:
    """The time zone exists and the data have a place."""
    zone = settings.site.timezone
    try:
        zoneinfo.ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        hint = suggestion(zone, zoneinfo.available_timezones())
        yield Finding(("site", "timezone"), f'no time zone "{zone}"{hint}')
    if not settings.site.data:
        yield Finding(("site", "data"), "expected a folder")


def check_sip(settings: Settings) -> Iterator[Finding]:
    """Listeners, certificates, digests."""
    sip = settings.sip
    if not sip.listen:
        yield Finding(("sip", "listen"), 'expected at least one, as in "udp:0.0.0.0:5060"')
    for index, text in enumerate(sip.listen):
        path = ("sip", "listen", index)
        yield from tried(parse_listen, text, path=path)
        if text in sip.listen[:index]:
            yield Finding(path, f'"{text}" stands here twice')
            continue
        for other in sip.listen[:index]:
            if _is_same_place(text, other):
                yield Finding(path, f'"{text}" listens where "{other}" does')
    if any(text.startswith("tls:") for text in sip.listen):
        for key in ("certificate", "key"):
            if not getattr(sip, key):
                yield Finding(("sip", key), 'a "tls:" listener needs it')
    yield from _files(settings, (("sip", "certificate"), ("sip", "key"), ("media", "music")))
    if sip.external and not is_address(sip.external):
        yield Finding(("sip", "external"), f'expected an address, got "{sip.external}"')
    if not sip.digest:
        yield Finding(("sip", "digest"), "expected md5, sha-256 or both")
    if sip.register_min_s > sip.register_max_s:
        yield Finding(("sip", "register_min_s"), "more than register_max_s")


def check_symmetric(settings: Settings) -> Iterator[Finding]:
    """Whoever sends first may take a silent phone's call where sound is taken from anybody."""
    for kind in ("extension", "trunk"):
        for name, party in getattr(settings, kind).items():
            if party.symmetric == "always":
                what = "until it sends, sound is taken from any address, and sent there"
                yield Finding((kind, name, "symmetric"), what, is_error=False)


def check_media(settings: Settings) -> Iterator[Finding]:
    """The range of ports holds calls and leaves the listeners' alone."""
    media = settings.media
    low, high = media.ports
    if high <= low:
        yield Finding(("media", "ports"), f"expected [low, high], got [{low}, {high}]")
    if not media.codecs:
        yield Finding(("media", "codecs"), "expected PCMA, PCMU or both")
    if not is_address(media.listen):
        yield Finding(("media", "listen"), f'expected an address, got "{media.listen}"')
    for index, text in enumerate(settings.sip.listen):
        port = text.rpartition(":")[2]
        if text.startswith("udp:") and port.isdecimal() and low <= int(port) <= high:
            what = f"port {port} lies in media.ports, {low} to {high}"
            yield Finding(("sip", "listen", index), what, is_error=False)


def check_api(settings: Settings) -> Iterator[Finding]:
    """The sockets differ and their paths fit into a socket's address."""
    paths = {"control": settings.control_path, "monitor": settings.monitor_path}
    for key, path in paths.items():
        if len(os.fsencode(path)) > SOCKET_PATH_MAX:
            what = f'"{path}" is longer than the {SOCKET_PATH_MAX} bytes a socket may have'
            yield Finding(("api", key), what)
    if paths["control"] == paths["monitor"]:
        yield Finding(("api", "monitor"), "the same path as control")


def check_codes(settings: Settings) -> Iterator[Finding]:
    """No code is another's, begins like another's or stands before an extension's number."""
    codes = {name: getattr(settings.codes, name) for name in settings.codes.__struct_fields__}
    taken: dict[str, str] = {}
    for name, code in codes.items():
        if code and code in taken:
            yield Finding(("codes", name), f'"{code}" is the code of {taken[code]} already')
        longer = [
            each for each in codes.values() if code and each != code and each.startswith(code)
        ]
        if longer:
            what = f'"{code}" begins "{longer[0]}" too: what is dialled can mean either'
            yield Finding(("codes", name), what, is_error=False)
        taken.setdefault(code, name)
    for number in settings.extension:
        for code in filter(number.startswith, filter(None, taken)):
            what = f'cannot be dialled: "{code}" is the code of {taken[code]}'
            yield Finding(("extension", number), what, is_error=False)


def check_extensions(settings: Settings) -> Iterator[Finding]:
    """Phones can be reached, and not by everybody."""
    for number, extension in settings.extension.items():
        if extension.contact:
            yield from tried(
                parse_contact, extension.contact, path=("extension", number, "contact")
            )
        elif not extension.password:
            what = "neither a password to register with nor a contact: no phone can be reached"
            yield Finding(("extension", number), what, is_error=False)
        yield from _weak_password(
            extension, ("extension", number), own_words=(number, extension.name)
        )


def check_trunks(settings: Settings) -> Iterator[Finding]:
    """Trunks know their far end and are told apart."""
    networks: dict[str, str] = {}
    for name, trunk in settings.trunk.items():
        path = ("trunk", name)
        yield from tried(check_name, trunk.driver, path=(*path, "driver"))
        if trunk.host:
            yield from tried(parse_host, trunk.host, path=(*path, "host"))
        elif trunk.driver == "sip_gateway" and not trunk.allow:
            yield Finding(path, "host or allow is missing: whose calls are these?")
        for index, text in enumerate(trunk.allow):
            yield from _network_faults(text, name, path=(*path, "allow", index), networks=networks)
        yield from _login_faults(trunk, path)
        yield from _weak_password(trunk, path, own_words=(name, trunk.username))


def check_drivers(settings: Settings, drivers: Collection[str]) -> Iterator[Finding]:
    """Trunks name drivers that there are, or will be."""
    known = [*drivers, *drivers_to_come()]
    for name, trunk in settings.trunk.items():
        if drivers and trunk.driver not in known:
            what = f'no driver "{trunk.driver}"{suggestion(trunk.driver, known)}'
            yield Finding(("trunk", name, "driver"), what)


def check_ami(settings: Settings) -> Iterator[Finding]:
    """The manager interface stays on this machine and asks for secrets."""
    if settings.ami is None:
        return
    listen = settings.ami.listen
    yield from tried(lambda text: parse_host_port(text, 5038), listen, path=("ami", "listen"))
    if not listen.strip("[").startswith(LOOPBACK):
        yield Finding(("ami", "listen"), f'"{listen}" is not on loopback; use 127.0.0.1:5038')
    for name, user in settings.ami.user.items():
        if not user.secret:
            yield Finding(("ami", "user", name), '"secret" is missing')
        elif len(user.secret) < PASSWORD_MIN:
            yield Finding(("ami", "user", name, "secret"), "this is easy to guess", is_error=False)


def check_users(settings: Settings) -> Iterator[Finding]:
    """Users are accounts of this machine, each named once."""
    accounts: dict[str, str] = {}
    for name, user in settings.user.items():
        path = ("user", name)
        if not user.unix:
            yield Finding(path, '"unix" is missing: the name of an account of this machine')
        elif user.unix in accounts:
            yield Finding((*path, "unix"), f'"{user.unix}" is user "{accounts[user.unix]}" already')
        accounts.setdefault(user.unix, name)
        if user.extension and user.extension not in settings.extension:
            hint = suggestion(user.extension, settings.extension)
            yield Finding((*path, "extension"), f'no extension "{user.extension}"{hint}')


def _is_same_place(text: str, other: str) -> bool:
    """Whether two listeners cannot be open at a time: one port, and one address or any."""
    try:
        one, two = parse_listen(text), parse_listen(other)
    except ValueError:
        return False
    if (one.transport == "udp", one.port) != (two.transport == "udp", two.port):
        return False
    if (":" in one.host) != (":" in two.host):
        return False
    return one.host == two.host or not {one.host, two.host}.isdisjoint(EVERYWHERE)


def _files(settings: Settings, paths: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    for table, key in paths:
        file = getattr(getattr(settings, table), key)
        if file and not (os.path.isfile(file) and os.access(file, os.R_OK)):
            yield Finding((table, key), f'cannot read "{file}"')


def _weak_password(
    party: Extension | Trunk, path: Path, *, own_words: tuple[str, ...]
) -> Iterator[Finding]:
    password = party.password
    if password and (
        len(password) < PASSWORD_MIN
        or len(set(password)) < PASSWORD_MIN // 2
        or password.lower() in COMMON_PASSWORDS
        or password in own_words
        or password.startswith("change")
    ):
        key = "password_file" if party.password_file else "password"
        what = "this is easy to guess; take 20 random characters"
        yield Finding((*path, key), what, is_error=False)


def _network_faults(
    text: str, trunk: str, *, path: Path, networks: dict[str, str]
) -> Iterator[Finding]:
    try:
        network = parse_network(text)
    except ValueError as error:
        yield Finding(path, str(error))
        return
    other = networks.setdefault(str(network), trunk)
    if other != trunk:
        what = f'"{text}" is allowed for trunk "{other}" too, which gets its calls'
        yield Finding(path, what, is_error=False)
    if network.prefixlen == 0:
        yield Finding(path, "everybody may call in by this trunk", is_error=False)


def _login_faults(trunk: Trunk, path: Path) -> Iterator[Finding]:
    if not trunk.register:
        return
    for key in ("host", "username", "password"):
        if not getattr(trunk, key):
            yield Finding(path, f'registering needs "{key}"')


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    check_names,
    check_site,
    check_sip,
    check_media,
    check_symmetric,
    check_api,
    check_codes,
    check_extensions,
    check_trunks,
    check_ami,
    check_users,
    *call_flow.CHECKS,
    *waiting.CHECKS,
    *flow_graph.CHECKS,
    *prompts.CHECKS,
    *staff.CHECKS,
    *report_checks.CHECKS,
)
