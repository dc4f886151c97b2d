"""What profiles say: call trees, layers, flame graphs. Pure."""
