"""The genotype network and its augmentation."""

import torch

from sciml.variants.model import drop_reads
from sciml.variants.network import GenotypeNetwork
from sciml.variants.pileup import CHANNELS


def test_thinning_keeps_the_reference_and_closes_the_gaps() -> None:
    torch.manual_seed(1)
    rows = torch.arange(1, 21, dtype=torch.uint8)
    image = rows.view(1, 1, 20, 1).expand(200, 7, 20, 11).clone()
    thin = drop_reads(image, reference_rows=5, min_keep=0.3)[:, 0, :, 0]
    assert torch.equal(thin[:, :5], image[:, 0, :5, 0])
    for one in thin:
        kept = one[one > 0]
        assert torch.equal(kept, one[: len(kept)])  # nothing but empty rows after the last read
        assert torch.equal(kept, kept.sort().values)  # the order of the reads stays
    share = (thin > 0).float().mean().item()
    # half of the images whole; the others keep 5 of 20 rows and on average 0.65 of the other 15
    assert abs(share - (0.5 + 0.5 * (5 + 0.65 * 15) / 20)) < 0.04


def test_an_image_has_the_same_answer_beside_any_others() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    network = GenotypeNetwork(width=8, blocks=1, dropout=0.0).eval()
    images = torch.randint(0, 255, (16, len(CHANNELS), 32, 51), dtype=torch.uint8)
    with torch.inference_mode():
        alone = torch.zeros_like(images)
        alone[3] = images[7]
        assert torch.equal(network(images)[7], network(alone)[3])


def test_a_narrow_network_learns_without_leaving_its_memory() -> None:
    # with a strided 1 x 1 way round, the gradients of this one ended in a segmentation fault
    torch.manual_seed(0)
    network = GenotypeNetwork(width=8, blocks=1, dropout=0.0)
    for _ in range(6):
        images = torch.randint(0, 255, (16, len(CHANNELS), 64, 101), dtype=torch.uint8)
        network(images).square().sum().backward()
    assert all(torch.isfinite(weight.grad).all() for weight in network.parameters() if weight.grad is not None)
