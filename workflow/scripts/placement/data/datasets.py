"""The table of data sets: an entry says all there is to know of one, and which reader its files take.

A new data set is an entry here and, where its format is new, a reader beside this module. Images stay uint8 from the
file to the device; nothing scales them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from placement.data import cifar, digits, idx
from placement.data.raw import Raw
from placement.errors import InputError


@dataclass(frozen=True)
class Dataset:
    """What a data set is.

    Attributes:
        title: what it is called in print.
        shape: height, width, channels of an image.
        class_names: in label order.
        training_size, test_size: number of images of each part.
        reader: of its format: (folder, files, contents) -> {part: Raw}.
        licence, citation: where it may be used, and what to cite.
        files: name of the file -> its SHA-256 at the public addresses.
        contents: name of the file -> SHA-256 of what it holds, where a source compresses the same content anew: it is
            then what counts.
        addresses: base URLs, tried in order; https only.
        debian_package: the Debian package that holds the files under /usr/share/datasets, if there is one.
    """

    name: str
    title: str
    shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    training_size: int
    test_size: int
    reader: Callable[[Path, dict[str, str], dict[str, str]], dict[str, Raw]]
    licence: str
    citation: str
    files: dict[str, str] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()
    debian_package: str | None = None

    @property
    def folder(self) -> str:
        """The name of its folder under resources/ and /usr/share/datasets/."""
        return self.name.replace("_", "-")


_CIFAR_100 = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can
castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin
elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster
man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck
pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk
skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger
tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""

DATASETS = {
    dataset.name: dataset
    for dataset in (
        Dataset(
            name="fashion_mnist",
            title="Fashion-MNIST",
            shape=(28, 28, 1),
            class_names=(
                "T-shirt/top",
                "Trouser",
                "Pullover",
                "Dress",
                "Coat",
                "Sandal",
                "Shirt",
                "Sneaker",
                "Bag",
                "Ankle boot",
            ),
            training_size=60_000,
            test_size=10_000,
            reader=idx.read,
            licence="MIT",
            citation="Xiao, Rasul, Vollgraf (2017), arXiv:1708.07747",
            files={
                "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            },
            contents={
                "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            },
            addresses=(
                "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
                "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            ),
            debian_package="dataset-fashion-mnist",
        ),
        Dataset(
            name="mnist",
            title="MNIST",
            shape=(28, 28, 1),
            class_names=tuple("0123456789"),
            training_size=60_000,
            test_size=10_000,
            reader=idx.read,
            licence="CC BY-SA 3.0",
            citation="LeCun, Bottou, Bengio, Haffner (1998), Proc. IEEE 86(11)",
            files={
                "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            },
            addresses=("https://storage.googleapis.com/cvdf-datasets/mnist/",),
        ),
        Dataset(
            name="kmnist",
            title="Kuzushiji-MNIST",
            shape=(28, 28, 1),
            class_names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
            training_size=60_000,
            test_size=10_000,
            reader=idx.read,
            licence="CC BY-SA 4.0",
            citation="Clanuwat et al. (2018), arXiv:1812.01718",
            files={
                "train-images-idx3-ubyte.gz": "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
                "train-labels-idx1-ubyte.gz": "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
                "t10k-images-idx3-ubyte.gz": "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
                "t10k-labels-idx1-ubyte.gz": "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
            },
            addresses=("https://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
        ),
        Dataset(
            name="cifar10",
            title="CIFAR-10",
            shape=(32, 32, 3),
            class_names=(
                "airplane",
                "automobile",
                "bird",
                "cat",
                "deer",
                "dog",
                "frog",
                "horse",
                "ship",
                "truck",
            ),
            training_size=50_000,
            test_size=10_000,
            reader=cifar.read_10,
            licence="none stated",
            citation="Krizhevsky (2009), Learning Multiple Layers of Features from Tiny Images",
            files={
                "cifar-10-binary.tar.gz": "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            },
            addresses=("https://www.cs.toronto.edu/~kriz/",),
        ),
        Dataset(
            name="cifar100",
            title="CIFAR-100",
            shape=(32, 32, 3),
            class_names=tuple(_CIFAR_100.split()),
            training_size=50_000,
            test_size=10_000,
            reader=cifar.read_100,
            licence="none stated",
            citation="Krizhevsky (2009), Learning Multiple Layers of Features from Tiny Images",
            files={
                "cifar-100-binary.tar.gz": "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
            },
            addresses=("https://www.cs.toronto.edu/~kriz/",),
        ),
        Dataset(
            name="digits",
            title="Digits",
            shape=(8, 8, 1),
            class_names=tuple("0123456789"),
            training_size=1_438,
            test_size=359,
            reader=digits.read,
            licence="CC BY 4.0",
            citation="Alpaydin, Kaynak (1998), doi:10.24432/C50P49",
        ),
    )
}


def read(dataset: Dataset, folder: Path | None) -> dict[str, np.ndarray]:
    """The checked arrays: {train,test}_images uint8 [N, height, width, channels] and {train,test}_labels uint8 [N].

    Args:
        dataset: an entry of the table.
        folder: where its files are; None where it has none.

    Raises:
        InputError: a file is missing, has another SHA-256, can't be read, or holds other shapes or labels than the
            data set's; it names the file.
    """
    arrays: dict[str, np.ndarray] = {}
    parts = dataset.reader(folder or Path(), dataset.files, dataset.contents)
    for part, size in (("train", dataset.training_size), ("test", dataset.test_size)):
        images, labels, images_file, labels_file = parts[part]
        if images.shape != (size, *dataset.shape):
            raise InputError(f"{images_file}: {part} images of shape {images.shape}, expected {(size, *dataset.shape)}")
        if labels.shape != (size,):
            raise InputError(f"{labels_file}: {part} labels of shape {labels.shape}, expected {(size,)}")
        if labels.max() >= len(dataset.class_names):
            raise InputError(f"{labels_file}: label {labels.max()}, expected 0 to {len(dataset.class_names) - 1}")
        arrays |= {f"{part}_images": images, f"{part}_labels": labels}
    return arrays
