"""Fast training layers, equal in function to Keras's own (tests/network/test_layers.py holds them to it).

On a CPU a stock training step spends half its time outside the convolutions' arithmetic: in kernels that pass over
memory many times and in a few slow gradients. Here all that lies between two convolutions is one layer, which XLA
compiles into a few passes, and the convolutions are put as the products that run fastest. Layers take `xla`: without
it the same functions run operation by operation, which is slower but needs no compiling.

On a GPU the step is compiled as a whole, out of Keras's layers and of those here in place of Keras's: Dropout,
MaxPooling2D and OverlappingMaxPooling2D.
"""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType

import keras
import numpy as np
import tensorflow as tf

from placement.network import processor

BAND = 4  # neighbouring output pixels of one row in the product that replaces the first convolution
FOLD = 8  # rows added up in one pass; XLA stops fusing well beyond that
FLOATS = 16  # of a register of AVX-512: oneDNN's batch normalisation is slow with other numbers of channels

Seed = tuple[int, int]  # of a layer's masks: two 31-bit integers

_steps: list[tuple[tf.Tensor | None, Mapping[Seed, tf.Tensor]]] = []


@contextmanager
def step(number: tf.Tensor | None, keys: Mapping[Seed, tf.Tensor] = MappingProxyType({})) -> Iterator[None]:
    """Within it, layers drop what belongs to this training step (a scalar integer; None where `keys` of the step, see
    the function, are given for each of them)."""
    _steps.append((number, keys))
    try:
        yield
    finally:
        _steps.pop()


class Conv2D(keras.layers.Conv2D):
    """Keras's Conv2D with padding 'same', channels last and square strides."""

    def __init__(self, *args, xla: bool = True, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.xla = xla

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        kernel = tf.cast(self.kernel, self.compute_dtype)
        bias = tf.cast(self.bias, self.compute_dtype) if self.use_bias else None
        if self.strides != (1, 1):
            product = tf.nn.conv2d(inputs, kernel, self.strides, "SAME")
        elif inputs.shape[-1] <= 4 and inputs.shape[2] % BAND == 0:
            return _banded_convolution(inputs, kernel, bias, self.xla)
        else:
            product = _convolution(inputs, kernel, self.xla)
        return product if bias is None else tf.nn.bias_add(product, bias)


def _convolution(images: tf.Tensor, kernel: tf.Tensor, xla: bool) -> tf.Tensor:
    """Same function as tf.nn.conv2d with padding SAME. Its gradient of the images is a forward convolution with the
    turned kernel: oneDNN's own takes up to seven times as long on small images."""
    height, width = kernel.shape[:2]
    kernel_gradient = _kernel_gradient(tuple(kernel.shape), xla and processor.kernels().xla_kernel_gradient)
    # Turned, an even kernel has the odd pixel of its border at the other end. Else it is said by SAME: with AVX-512 the
    # same border given in numbers takes 2 to 3.5 times as long, in bfloat16 ten times.
    even = [[0, 0], [height // 2, (height - 1) // 2], [width // 2, (width - 1) // 2], [0, 0]]
    turned_padding = "SAME" if height % 2 and width % 2 else even

    @tf.custom_gradient
    def convolve(images, kernel):
        def gradient(upstream):
            taps = tf.reshape(kernel, [height * width, *kernel.shape[2:]])
            turned = tf.transpose(tf.gather(taps, range(height * width)[::-1]), [0, 2, 1])
            turned = tf.reshape(turned, [height, width, *turned.shape[1:]])
            return tf.nn.conv2d(upstream, turned, 1, turned_padding), kernel_gradient(images, upstream)

        return tf.nn.conv2d(images, kernel, 1, "SAME"), gradient

    return convolve(images, kernel)


@functools.cache
def _kernel_gradient(shape: tuple[int, ...], xla: bool) -> Callable:
    """A function of images and the gradient of the convolution: the gradient of its kernel of that shape."""

    @_compiler(xla)
    def kernel_gradient(images, upstream):
        return tf.raw_ops.Conv2DBackpropFilter(
            input=images,
            filter_sizes=shape,
            out_backprop=upstream,
            strides=[1, 1, 1, 1],
            padding="SAME",
        )

    return kernel_gradient


def _banded_convolution(images: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor | None, xla: bool) -> tf.Tensor:
    """A convolution as one matrix product: patches that cover BAND neighbouring output pixels times a banded
    (Toeplitz) matrix of the kernel, bias included. More multiplications than needed, but in a shape that fills the
    vector units where one channel doesn't."""
    height, width, channels, filters = kernel.shape
    bands = [tf.pad(kernel, [[0, 0], [i, BAND - 1 - i], [0, 0], [0, 0]]) for i in range(BAND)]
    matrix = tf.reshape(tf.stack(bands, axis=3), [height * (width + BAND - 1) * channels, BAND * filters])
    if bias is not None:
        matrix = tf.concat([matrix, tf.tile(bias, [BAND])[None]], axis=0)
    product = tf.matmul(_patches(height, width, bias is not None, xla)(images), matrix)
    return tf.reshape(product, [-1, *images.shape[1:3], filters])


def _compiler(xla: bool) -> Callable[[Callable], Callable]:
    """What makes of a function of tensors the one to be called."""
    return functools.partial(tf.function, jit_compile=True, autograph=False) if xla else lambda function: function


@functools.cache
def _patches(height: int, width: int, biased: bool, xla: bool) -> Callable[[tf.Tensor], tf.Tensor]:
    """[N, rows, columns, channels] -> [N * rows * columns / BAND, height * (width + BAND - 1) * channels], with a last
    column of 1 if there is a bias."""

    def patches(images):
        rows, columns, channels = images.shape[1:]
        span = width + BAND - 1
        top, left = (height - 1) // 2, (width - 1) // 2
        padded = tf.pad(images, [[0, 0], [top, height - 1 - top], [left, span - left], [0, 0]])
        pieces = []
        for row in range(height):
            for start in range(0, span, BAND):
                piece = padded[:, row : row + rows, start : start + columns]
                piece = tf.reshape(piece, [-1, rows, columns // BAND, BAND * channels])
                pieces.append(piece[..., : (span - start) * channels])
        if biased:
            pieces.append(tf.ones_like(pieces[0][..., :1]))
        stacked = tf.concat(pieces, axis=-1)
        return tf.reshape(stacked, [-1, stacked.shape[-1]])

    return _compiler(xla)(patches)


class Block(keras.layers.Layer):
    """Activation, batch normalisation, dropout and 2x2 max-pooling in a given order: one layer, few passes.

    Args:
        operations: pairs (kind, argument) in running order: ("act", name), ("norm", {momentum, epsilon, scale, center})
            once at most, ("drop", (rate, seed, spatial)) with a seed of two 31-bit integers, ("pool", None) only as the
            last. Spatial: one draw for all of a channel of an image.
        xla: whether XLA compiles what runs in training.

    Weights are those of Keras's BatchNormalization, in its order.
    """

    def __init__(self, operations: Sequence[tuple], xla: bool = True, **kwargs) -> None:
        super().__init__(**kwargs)
        kinds = [kind for kind, _ in operations]
        pools = kinds[-1] == "pool"
        at = kinds.index("norm") if "norm" in kinds else None
        self.norm = None if at is None else operations[at][1]
        parts = [operations[: at or 0], operations[0 if at is None else at + 1 : len(kinds) - pools]]
        # The seeds apart, so that blocks that do the same share what is compiled.
        self.seeds = [[argument[1] for kind, argument in part if kind == "drop"] for part in parts]
        before, after = (
            tuple((kind, (argument[0], argument[2]) if kind == "drop" else argument) for kind, argument in part)
            for part in parts
        )
        self.before, self.after, self.pools, self.xla = before, after, pools, xla

    def build(self, shape: tuple) -> None:
        fuses = self.pools or _drops(self.before + self.after)  # what XLA makes one pass of
        by_library = processor.kernels().library_blocks and len(shape) == 4 and not fuses
        if self.norm:
            add = functools.partial(self.add_weight, shape=(shape[-1],), dtype="float32", autocast=False)
            ones, zeros = (np.full(shape[-1], value, "float32") for value in (1, 0))
            self.gamma = add(name="gamma", initializer="ones") if self.norm["scale"] else ones
            self.beta = add(name="beta", initializer="zeros") if self.norm["center"] else zeros
            self.moving_mean = add(name="moving_mean", initializer="zeros", trainable=False)
            self.moving_variance = add(name="moving_variance", initializer="ones", trainable=False)
            if by_library and not self.before and shape[-1] % FLOATS == 0:
                self.train = _library_normalized(self.after, self.norm["epsilon"])
            else:
                self.train = _normalized(self.before, self.after, self.pools, self.norm["epsilon"], self.xla)
        elif by_library:
            self.train = lambda x, _: _run(self.after, x)
        else:
            self.train = _plain(self.after, self.pools, self.xla)

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        x = tf.cast(inputs, tf.float32)
        if training:
            keys = [[_key(seed) for seed in seeds] for seeds in self.seeds]
            if self.norm:
                gamma, beta = tf.convert_to_tensor(self.gamma), tf.convert_to_tensor(self.beta)
                x, mean, variance = self.train(x, gamma, beta, *keys)
                momentum = self.norm["momentum"]
                for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
                    moving.assign(moving * momentum + batch * (1 - momentum))
            else:
                x = self.train(x, keys[1])
        else:
            x = _run(self.before, x)
            if self.norm:
                x = _affine(x, self.gamma, self.beta, self.moving_mean, self.moving_variance, self.norm["epsilon"])
            x = _run(self.after, x)
            x = tf.nn.max_pool2d(x, 2, 2, "VALID") if self.pools else x
        return tf.cast(x, self.compute_dtype)

    def compute_output_shape(self, shape: tuple) -> tuple:
        return (shape[0], shape[1] // 2, shape[2] // 2, shape[3]) if self.pools else shape


class Dropout(keras.layers.Layer):
    """Dropout with the masks that Block has, for a step that is compiled as a whole.

    Args:
        rate, seed, spatial: as in Block.
    """

    def __init__(self, rate: float, seed: Seed, spatial: bool, **kwargs) -> None:
        super().__init__(**kwargs)
        self.operation, self.seed = ("drop", (rate, spatial)), seed

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        if not training:
            return inputs
        return tf.cast(_run([self.operation], tf.cast(inputs, tf.float32), [_key(self.seed)]), self.compute_dtype)


class MaxPooling2D(keras.layers.Layer):
    """2x2 max-pooling whose gradient is element by element: of Keras's XLA has none for a GPU whose results are to be
    the same bits."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        @tf.custom_gradient
        def pool(x):
            y, corner = _max_pool(x)
            return y, lambda upstream: _unpool(upstream, corner, x)

        return pool(inputs)


class OverlappingMaxPooling2D(keras.layers.Layer):
    """Max-pooling of any windows that lie within the image, for the same end.

    Args:
        size, stride: of the windows, which are square.
    """

    def __init__(self, size: int, stride: int, **kwargs) -> None:
        super().__init__(**kwargs)
        self.size, self.stride = size, stride

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        taps = [(i, j) for i in range(self.size) for j in range(self.size)]
        height, width = ((length - self.size) // self.stride + 1 for length in inputs.shape[1:3])

        def tapped(x, i, j):
            rows, columns = slice(i, i + (height - 1) * self.stride + 1), slice(j, j + (width - 1) * self.stride + 1)
            return x[:, rows, columns][:, :: self.stride, :: self.stride]

        def spread(upstream, i, j):
            """To the pixels that `tapped` takes, zeros between them."""
            apart = tf.reshape(upstream, [-1, height, 1, width, 1, upstream.shape[-1]])
            gap = [0, self.stride - 1]
            apart = tf.pad(apart, [[0, 0], [0, 0], gap, [0, 0], gap, [0, 0]])
            apart = tf.reshape(apart, [-1, height * self.stride, width * self.stride, upstream.shape[-1]])
            apart = apart[:, : inputs.shape[1] - i, : inputs.shape[2] - j]
            below, beside = inputs.shape[1] - i - apart.shape[1], inputs.shape[2] - j - apart.shape[2]
            return tf.pad(apart, [[0, 0], [i, below], [j, beside], [0, 0]])

        @tf.custom_gradient
        def pool(x):
            y = functools.reduce(tf.maximum, (tapped(x, *tap) for tap in taps))

            def gradient(upstream):
                total, pending = tf.zeros_like(x), tf.ones_like(y)  # pending: 0 once a tap had the maximum
                for tap in taps:
                    found = tf.where(tapped(x, *tap) == y, pending, tf.zeros_like(y))
                    total, pending = total + spread(upstream * found, *tap), pending - found
                return total

            return y, gradient

        return pool(inputs)


def keys(seeds: Sequence[Seed], number: tf.Tensor) -> tf.Tensor:
    """What the masks of each seed are hashed with at that step: uint32 [seeds, 2]."""
    return tf.stack([_philox(seed, number) for seed in seeds]) if seeds else tf.zeros([0, 2], tf.uint32)


def _key(seed: Seed) -> tf.Tensor:
    """Two uint32 for the masks of a layer at this step."""
    number, given = _steps[-1]
    return given[seed] if seed in given else _philox(seed, number)


def _philox(seed: Seed, number: tf.Tensor) -> tf.Tensor:
    """Two uint32 of Philox in counter mode. Not to be compiled: XLA's own Philox counts otherwise."""
    counter = tf.stack([tf.constant(seed[0] << 32 | seed[1], tf.int64), tf.cast(number, tf.int64)])
    return tf.random.stateless_uniform([2], counter, None, None, tf.uint32, "philox")


def _run(operations: Sequence[tuple], x: tf.Tensor, keys: Sequence[tf.Tensor] = ()) -> tf.Tensor:
    """The operations one after the other; without keys nothing is dropped."""
    remaining = iter(keys)
    for kind, argument in operations:
        if kind == "act":
            x = keras.activations.get(argument)(x)
        elif (key := next(remaining, None)) is not None:
            rate, spatial = argument
            x = x * _mask(
                key, tf.concat([tf.shape(x)[:1], [1, 1], tf.shape(x)[3:]], 0) if spatial else tf.shape(x), rate
            )
    return x


def _backward(operations: Sequence[tuple], x: tf.Tensor, keys: Sequence[tf.Tensor], upstream: tf.Tensor) -> tf.Tensor:
    """The gradient of _run's input, from that input: nothing is stored."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = _run(operations, x, keys)
    return tape.gradient(y, x, upstream)


def _drops(operations: Sequence[tuple]) -> bool:
    return any(kind == "drop" for kind, _ in operations)


@functools.cache
def _plain(operations: tuple, pools: bool, xla: bool) -> Callable:
    """A function of (x, keys): the operations, then pooling."""
    jit = _compiler(xla)
    forward = _finishing(lambda x, keys: _run(operations, x, keys), operations, pools, jit)
    backward = jit(lambda x, keys, corner, upstream: _backward(operations, x, keys, _unpool(upstream, corner, x)))

    def run(x, keys):
        @tf.custom_gradient
        def inner(x):
            y, corner = forward(x, keys)
            return y, lambda upstream: backward(x, keys, corner, upstream)

        return inner(x)

    return run


def _finishing(function: Callable, operations: tuple, pools: bool, jit: Callable) -> Callable:
    """The compiled function, with max-pooling after it; it returns what _max_pool returns."""
    if not pools:
        compiled = jit(function)
        return lambda *arguments: (compiled(*arguments), None)
    if not _drops(operations):
        return jit(lambda *arguments: _max_pool(function(*arguments)))
    compiled, pool = jit(function), jit(_max_pool)  # fused, each mask would be computed several times
    return lambda *arguments: pool(compiled(*arguments))


def _library_normalized(after: tuple, epsilon: float) -> Callable:
    """The function of _normalized, of images, by TensorFlow's own batch normalisation and activations."""

    def run(x, gamma, beta, *_):
        y, mean, unbiased, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x, scale=gamma, offset=beta, mean=[], variance=[], epsilon=epsilon, is_training=True
        )
        return _run(after, y), mean, unbiased * ((_count(x) - 1) / _count(x))

    return run


@functools.cache
def _normalized(before: tuple, after: tuple, pools: bool, epsilon: float, xla: bool) -> Callable:
    """A function of (x, gamma, beta, keys before, keys after): operations, batch normalisation, operations, pooling.
    It returns the result, and the mean and the variance of the batch."""
    jit = _compiler(xla)
    stores = _drops(before)
    prepare = jit(lambda x, keys: _run(before, x, keys))
    activate = (lambda x: x) if stores else (lambda x: _run(before, x))
    moments = jit(lambda x: _moments(activate(x)))
    finish = _finishing(
        lambda x, gamma, beta, mean, variance, keys: _run(
            after, _affine(activate(x), gamma, beta, mean, variance, epsilon), keys
        ),
        after,
        pools,
        jit,
    )

    @jit
    def undo(x, gamma, beta, mean, variance, keys, corner, upstream):
        y = _affine(activate(x), gamma, beta, mean, variance, epsilon)
        return _backward(after, y, keys, _unpool(upstream, corner, y))

    @jit
    def sums(x, mean, variance, upstream):
        return _sum(upstream), _sum(upstream * (activate(x) - mean)) * tf.math.rsqrt(variance + epsilon)

    @jit
    def spread(original, x, gamma, mean, variance, keys, dbeta, dgamma, upstream):
        scale = tf.math.rsqrt(variance + epsilon)
        count = _count(x)
        centred = upstream - dbeta / count - (activate(x) - mean) * (scale * dgamma / count)
        return _backward(before, original, keys, centred * (gamma * scale))

    def run(x, gamma, beta, keys_before, keys_after):
        @tf.custom_gradient
        def inner(original, gamma, beta):
            x = prepare(original, keys_before) if stores else original
            mean, variance = moments(x)
            y, corner = finish(x, gamma, beta, mean, variance, keys_after)

            def gradient(upstream, *_):
                if after or pools:
                    upstream = undo(x, gamma, beta, mean, variance, keys_after, corner, upstream)
                dbeta, dgamma = sums(x, mean, variance, upstream)
                dx = spread(original, x, gamma, mean, variance, keys_before, dbeta, dgamma, upstream)
                return dx, dgamma, dbeta

            return (y, mean, variance), gradient

        return inner(x, gamma, beta)

    return run


def _affine(x, gamma, beta, mean, variance, epsilon):
    return (x - mean) * (gamma * tf.math.rsqrt(variance + epsilon)) + beta


def _count(x: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.size(x) // x.shape[-1], tf.float32)


def _moments(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and (biased) variance of each channel."""
    mean = _sum(x) / _count(x)
    return mean, _sum(tf.square(x - mean)) / _count(x)


def _sum(x: tf.Tensor) -> tf.Tensor:
    """The sum over all axes but channels. Image rows are added first, as whole arrays: XLA vectorises that, but
    not the reduction of a fused expression."""
    channels = x.shape[-1]
    if x.shape.rank == 4:
        fold = max(divisor for divisor in range(1, FOLD + 1) if x.shape[1] % divisor == 0)
        rows = tf.reshape(x, [-1, fold, x.shape[2] * channels])
        x = tf.reshape(tf.add_n([rows[:, i] for i in range(fold)]), [-1, channels])
    return tf.reduce_sum(x, axis=0)


def _mask(key: tf.Tensor, shape: tf.Tensor, rate: float) -> tf.Tensor:
    """0 with probability `rate`, else 1 / (1 - rate), so that the expectation is 1; `rate` is rounded to 2^-24.

    A counter-based generator: element i is a hash of (i, key), computed where it is needed and never stored. The
    hash is triple32 (C. Wellons, Hash Prospector, 2018), a bijection of 32-bit integers of near ideal avalanche; the
    second half of the key goes in after its first round, so that two keys don't give shifted copies of one sequence.
    """
    bits = tf.cast(tf.range(tf.reduce_prod(shape)), tf.uint32) + key[0]
    bits = _mix(bits, 17, 0xED5AD4BB) ^ key[1]
    bits = _mix(_mix(bits, 11, 0xAC4C1B51), 15, 0x31848BAB)
    bits = bits ^ tf.bitwise.right_shift(bits, tf.constant(14, tf.uint32))
    uniform = tf.cast(tf.cast(tf.bitwise.right_shift(bits, tf.constant(8, tf.uint32)), tf.int32), tf.float32)
    # Exact: integers below 2^24. A comparison would say the same, but XLA doesn't vectorise it.
    keep = tf.clip_by_value(uniform - (round(rate * 2**24) - 1), 0.0, 1.0)
    return tf.reshape(keep * (1 / (1 - rate)), shape)


def _mix(bits: tf.Tensor, shift: int, factor: int) -> tf.Tensor:
    return (bits ^ tf.bitwise.right_shift(bits, tf.constant(shift, tf.uint32))) * tf.constant(factor, tf.uint32)


def _max_pool(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The maximum of each 2x2 window and the number (0 ... 3, as float) of the first corner that has it."""
    channels = x.shape[-1]
    height, width = x.shape[1] // 2, x.shape[2] // 2
    rows = tf.reshape(x[:, : 2 * height, : 2 * width], [-1, height, 2, width, 2 * channels])
    a, b, c, d = (rows[:, :, i, :, j * channels : (j + 1) * channels] for i in (0, 1) for j in (0, 1))
    y = tf.maximum(tf.maximum(a, b), tf.maximum(c, d))
    return y, tf.where(a == y, 0.0, tf.where(b == y, 1.0, tf.where(c == y, 2.0, 3.0)))


def _unpool(upstream: tf.Tensor, corner: tf.Tensor | None, x: tf.Tensor) -> tf.Tensor:
    """The gradient of _max_pool(x), from what it returned; `upstream` itself where nothing was pooled."""
    if corner is None:
        return upstream
    height, width, channels = x.shape[1:]
    numbers = tf.reshape(tf.range(4.0), [1, 1, 2, 1, 2, 1])
    spread = tf.where(corner[:, :, None, :, None] == numbers, upstream[:, :, None, :, None], 0.0)
    spread = tf.reshape(spread, [-1, height // 2 * 2, width // 2 * 2, channels])
    return tf.pad(spread, [[0, 0], [0, height % 2], [0, width % 2], [0, 0]])
