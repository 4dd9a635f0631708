"""The queue engine: tables, orders and the offer protocol; without it no call finds an agent."""
