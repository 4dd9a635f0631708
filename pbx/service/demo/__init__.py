"""The demo site and its people; without it `pbx demo` and `make run` have nothing to show."""
