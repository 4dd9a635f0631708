"""What a well-formed configuration gets wrong: the site, its edges and who may come in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.texts import said_of

# text after the small site -> what is said; line numbers count from the text
SAID = {
    "no fault": ("", []),
    "a listener that is none": (
        '[sip]\nlisten = ["udp:0.0.0.0:5060", "5060"]',
        ['2: sip: listen 2: expected "udp:ADDRESS:PORT" (or tcp, tls), got "5060"'],
    ),
    "a listener on a name": (
        '[sip]\nlisten = ["udp:localhost:5060"]',
        ['2: sip: listen 1: "localhost" is no address: a listener needs one, or 0.0.0.0 for all'],
    ),
    "a listener twice": (
        '[sip]\nlisten = ["udp:0.0.0.0:5060",\n"udp:0.0.0.0:5060"]',
        ['3: sip: listen 2: "udp:0.0.0.0:5060" stands here twice'],
    ),
    "no listener": (
        "[sip]\nlisten = []",
        ['2: sip: listen: expected at least one, as in "udp:0.0.0.0:5060"'],
    ),
    "TLS without its files": (
        '[sip]\nlisten = ["tls:0.0.0.0:5061"]\ncertificate = "/none.pem"',
        [
            '1: sip: key: a "tls:" listener needs it',
            '2: sip: listen 1: TLS is not served yet: "udp:" and "tcp:" are',
            '3: sip: certificate: cannot read "/none.pem"',
        ],
    ),
    "a listener at its usual port, twice": (
        '[sip]\nlisten = ["udp:127.0.0.1:5060", "udp:127.0.0.1"]',
        ['2: sip: listen 2: "udp:127.0.0.1" listens where "udp:127.0.0.1:5060" does'],
    ),
    "a listener among all": (
        '[sip]\nlisten = ["tcp:0.0.0.0:5060", "udp:127.0.0.1:5060", "tcp:127.0.0.1:5060"]',
        ['2: sip: listen 3: "tcp:127.0.0.1:5060" listens where "tcp:0.0.0.0:5060" does'],
    ),
    "an external name": (
        '[sip]\nexternal = "pbx.example.net"',
        ['2: sip: external: expected an address, got "pbx.example.net"'],
    ),
    "no digest": ("[sip]\ndigest = []", ["2: sip: digest: expected md5, sha-256 or both"]),
    "sound from anybody": (
        '[extension.209]\ncontact = "sip:192.0.2.9:5060"\nsymmetric = "always"\n'
        '[extension.208]\ncontact = "sip:192.0.2.8:5060"\nsymmetric = "never"',
        ['3: extension "209": symmetric: warning: until it sends, sound is taken from any address, '
         "and sent there"],
    ),
    "a rule for sound that is none": (
        '[trunk.far]\nhost = "192.0.2.8"\nsymmetric = "sometimes"',
        ['3: trunk "far": symmetric: expected one of auto, never, always, got "sometimes"'],
    ),
    "register times that cross": (
        "[sip]\nregister_min_s = 60\nregister_max_s = 30",
        ["2: sip: register_min_s: more than register_max_s"],
    ),
    "ports the wrong way round": (
        "[media]\nports = [20000, 10000]",
        ["2: media: ports: expected [low, high], got [20000, 10000]"],
    ),
    "a listener among the media's ports": (
        '[sip]\nlisten = ["udp:0.0.0.0:15060"]',
        ["2: sip: listen 1: warning: port 15060 lies in media.ports, 10000 to 19999"],
    ),
    "no codec": ("[media]\ncodecs = []", ["2: media: codecs: expected PCMA, PCMU or both"]),
    "media on a name": (
        '[media]\nlisten = "eth0"',
        ['2: media: listen: expected an address, got "eth0"'],
    ),
    "music that is not there": (
        '[media]\nmusic = "/none.wav"',
        ['2: media: music: cannot read "/none.wav"'],
    ),
    "an unknown time zone": (
        '[site]\ntimezone = "Asia/Shanghia"',
        ['2: site: timezone: no time zone "Asia/Shanghia"; did you mean "Asia/Shanghai"?'],
    ),
    "no data folder": ('[site]\ndata = ""', ["2: site: data: expected a folder"]),
    "a time zone outside the data": (
        '[site]\ntimezone = "../etc/passwd"',
        ['2: site: timezone: no time zone "../etc/passwd"'],
    ),
    "a socket path too long": (
        f'[api]\ncontrol = "/{"x" * 120}"',
        [f'2: api: control: "/{"x" * 120}" is longer than the 107 bytes a socket may have'],
    ),
    "one path for both sockets": (
        '[api]\ncontrol = "/run/a"\nmonitor = "/run/a"',
        ["3: api: monitor: the same path as control"],
    ),
    "two codes alike": (
        '[codes]\nlogout = "*11"',
        ['2: codes: logout: "*11" is the code of login already'],
    ),
    "a code that begins another": (
        '[codes]\npickup = "*1"',
        ['2: codes: pickup: warning: "*1" begins "*11" too: what is dialled can mean either'],
    ),
    "a number that a code takes": (
        '[extension."*81"]\ncontact = "sip:10.0.0.1"',
        ['1: extension "*81": warning: cannot be dialled: "*8" is the code of pickup'],
    ),
    "a number that cannot be dialled": (
        '[extension."2-02"]\ncontact = "sip:10.0.0.1"',
        ['1: extension "2-02": a number has digits, letters, + * # and _ only, at most 32'],
    ),
    "a name that topics cannot hold": (
        '[hours."a.b"]\nopen = ["mon 08:00-09:00"]',
        [
            '1: hours "a.b": a name has letters, digits, _ and - only, at most 64',
            '1: hours "a.b": warning: no route has these hours',
        ],
    ),
    "a bad contact": (
        '[extension.202]\ncontact = "127.0.0.1:6002"',
        [
            '2: extension "202": contact: expected "sip:HOST:PORT" or "sip:USER@HOST:PORT",'
            ' got "127.0.0.1:6002"'
        ],
    ),
    "several phones behind one address": (
        '[extension.202]\ncontact = "sip:10.0.0.1:5060"\n'
        '[extension.203]\ncontact = "sip:10.0.0.1:5060"',
        [],
    ),
    "a phone that cannot be reached": (
        "[extension.202]\nname = 'Bob'",
        [
            '1: extension "202": warning: neither a password to register with nor a contact:'
            " no phone can be reached"
        ],
    ),
    "a password that is the number": (
        '[extension.20220220]\npassword = "20220220"',
        [
            '2: extension "20220220": password: warning:'
            " this is easy to guess; take 20 random characters"
        ],
    ),
    "a common password": (
        '[extension.202]\npassword = "Password"',
        ['2: extension "202": password: warning: this is easy to guess; take 20 random characters'],
    ),
    "a trunk to nowhere": (
        "[trunk.b]\nchannels = 3",
        [
            '1: trunk "b": host or allow is missing: whose calls are these?',
            '1: trunk "b": warning: no route takes the calls of this trunk',
        ],
    ),
    "a network that is none": (
        '[trunk.gateway]\nallow = ["10.0.0.1/24"]'.replace("gateway", "b")
        + '\n[[route]]\nfrom = "b"\nto = "hangup"',
        [
            '2: trunk "b": allow 1: "10.0.0.1/24" is no network: "10.0.0.0/24",'
            ' or "10.0.0.1" for one host'
        ],
    ),
    "two trunks from one address, and one from all": (
        '[trunk.b]\nallow = ["10.0.0.1"]\n[trunk.c]\nallow = ["10.0.0.1/32",\n"0.0.0.0/0"]\n'
        '[[route]]\ncalled = "7"\nto = "hangup"',
        [
            '4: trunk "c": allow 1: warning: "10.0.0.1/32" is allowed for trunk "b" too,'
            " which gets its calls",
            '5: trunk "c": allow 2: warning: everybody may call in by this trunk',
        ],
    ),
    "a registration without a login": (
        '[trunk.b]\nhost = "srv:example.net"\nregister = true\n'
        '[[route]]\ncalled = "7"\nto = "hangup"',
        [
            '1: trunk "b": registering needs "username"',
            '1: trunk "b": registering needs "password"',
        ],
    ),
    "a trunk with a name of the routes' own": (
        '[trunk.any]\nhost = "10.0.0.1"',
        [
            '1: trunk "any": "any" has a meaning of its own in routes',
            '1: trunk "any": warning: no route takes the calls of this trunk',
        ],
    ),
    "a manager interface open to the world": (
        '[ami]\nlisten = "0.0.0.0:5038"\n[ami.user.a]\n[ami.user.b]\nsecret = "x"',
        [
            '2: ami: listen: "0.0.0.0:5038" is not on loopback; use 127.0.0.1:5038',
            '3: ami: user "a": "secret" is missing',
            '5: ami: user "b": secret: warning: this is easy to guess',
        ],
    ),
    "users that are nobody, twice, at no phone": (
        '[user.a]\n[user.b]\nunix = "b"\n[user.c]\nunix = "b"\nextension = "21"',
        [
            '1: user "a": "unix" is missing: the name of an account of this machine',
            '5: user "c": unix: "b" is user "b" already',
            '6: user "c": extension: no extension "21"; did you mean "201"?',
        ],
    ),
}


@pytest.mark.parametrize("kind", SAID)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, kind: str) -> None:
    text, expected = SAID[kind]
    assert said_of(tmp_path, text, after_site=True) == expected
