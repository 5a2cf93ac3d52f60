"""What a network costs, counted from its layers."""

from placement.network.orders import VariantSpec, layer_sequence


def multiply_accumulates(spec: VariantSpec, input_shape: tuple[int, int, int], classes: int) -> int:
    """Multiply-accumulates of one image's forward pass: convolutions (padding same, stride 1) and dense layers only.

    Biases, norms, activations, dropout and pooling are not counted: each is about 0.5 % of the default backbone's
    arithmetic, though not of the time. The order changes the count only where `pool` stands before `conv`.

    Args:
        spec: a network that is a chain of layers.
        input_shape: height, width, channels.
        classes: units of the output layer.
    """
    height, width, channels = input_shape
    total = 0
    for layer in layer_sequence(spec, classes):
        if layer.kind == "conv":
            outputs = layer.arguments["filters"]
            total += height * width * outputs * layer.arguments["kernel"] ** 2 * channels
            channels = outputs
        elif layer.kind == "pool":
            height, width = height // 2, width // 2
        elif layer.kind in ("dense", "output"):
            total += channels * layer.arguments["units"]
            channels = layer.arguments["units"]
    return total
