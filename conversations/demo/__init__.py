"""Invented traffic: a month of conversations that never were, to try the dashboards and measure the statistics with."""
