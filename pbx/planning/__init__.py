"""Forecast, staffing, what-if and roster, as functions of arrays; without it nobody can plan.

Nothing of this is imported by the running exchange: numpy stays out of the live process.
"""
