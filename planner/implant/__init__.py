"""Devices, threads and contacts."""
