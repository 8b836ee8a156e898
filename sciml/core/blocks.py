"""The residual block that image networks are built of."""

from __future__ import annotations

from torch import Tensor, nn


class Residual(nn.Module):
    """Two 3 x 3 convolutions with a way round them (He et al. 2016, arXiv 1512.03385, figure 2).

    `stride` is (row, column). Where it or the number of maps changes, the way round averages over the stride and then
    mixes the maps (He et al. 2019, arXiv 1812.01187, figure 2c: no value is thrown away). A strided 1 x 1 convolution
    there has also crashed: torch 2.13 corrupts memory in its backward pass with 8 maps in channels_last on AVX-512.
    """

    def __init__(self, maps_in: int, maps_out: int, stride: tuple[int, int] = (1, 1)) -> None:
        super().__init__()
        self.first = convolution(maps_in, maps_out, 3, stride)
        self.second = nn.Conv2d(maps_out, maps_out, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(maps_out)
        self.around: nn.Module = nn.Identity()
        if maps_in != maps_out or stride != (1, 1):
            pooled = nn.AvgPool2d(stride, ceil_mode=True, count_include_pad=False)
            self.around = nn.Sequential(pooled, *convolution(maps_in, maps_out, 1, relu=False))
        # starts as the identity, so that depth costs nothing at first (Goyal et al. 2017, arXiv 1706.02677, 5.1)
        nn.init.zeros_(self.norm.weight)

    def forward(self, maps: Tensor) -> Tensor:
        return nn.functional.relu(self.around(maps) + self.norm(self.second(self.first(maps))))


def convolution(
    maps_in: int,
    maps_out: int,
    kernel: int | tuple[int, int],
    stride: tuple[int, int] = (1, 1),
    *,
    relu: bool = True,
) -> nn.Sequential:
    """Convolution, batch normalisation and, unless `relu` is off, a rectifier; borders are padded."""
    rows, columns = (kernel, kernel) if isinstance(kernel, int) else kernel
    layers: list[nn.Module] = [
        nn.Conv2d(maps_in, maps_out, (rows, columns), stride, padding=(rows // 2, columns // 2), bias=False),
        nn.BatchNorm2d(maps_out),
    ]
    return nn.Sequential(*layers, nn.ReLU(inplace=True)) if relu else nn.Sequential(*layers)
