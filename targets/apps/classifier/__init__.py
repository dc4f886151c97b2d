"""The image classifier behind `classify`: EfficientNet-Lite0 by ONNX Runtime.

The network's weights come as a package; from them the ONNX file is written once into a cache (`build`),
before a target starts, and each worker loads it for itself, after the fork (`model`).
"""
