"""Delivery: one event log for each conversation, followed alike by websocket, server-sent events and polling."""
