"""The widget's API over HTTP: sessions, frames, server-sent events, polling."""
