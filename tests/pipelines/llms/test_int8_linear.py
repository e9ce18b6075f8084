from __future__ import annotations

import pytest
import torch

from pipelines.llms.int8_linear import Int8Linear, PackedInt8Linear, int8_layer

needs_fbgemm = pytest.mark.skipif(
    "fbgemm" not in torch.backends.quantized.supported_engines, reason="no FBGEMM on this processor"
)
LAYERS = [Int8Linear, pytest.param(PackedInt8Linear, marks=needs_fbgemm)]


@pytest.mark.parametrize("kind", LAYERS)
def test_whole_numbers_are_exact(kind: type[Int8Linear]) -> None:
    # Both scales are 1: the weight's rows have 127 as their largest value, x has the last level.
    weight = torch.tensor([[127.0, 3.0, -5.0], [-127.0, 0.0, 64.0]])
    x = torch.tensor([[float(kind.levels), -2.0, 1.0]])
    layer = kind.of(weight, torch.tensor([1.0, -1.0]))
    # 127 levels - 6 - 5 + 1 and -127 levels + 64 - 1
    assert layer(x).tolist() == [[127 * kind.levels - 10, -127 * kind.levels + 63]]


@pytest.mark.parametrize("kind", LAYERS)
def test_error_is_below_the_rounding_of_weights_and_activations(kind: type[Int8Linear]) -> None:
    torch.manual_seed(0)
    weight, x = torch.randn(64, 256), torch.randn(5, 256)
    exact = x @ weight.t()
    # A rounding error is at most half a step, a step 1/127 (1/levels) of the row's largest value.
    half_w = weight.abs().amax(1) / 127 / 2
    half_x = x.abs().amax(1) / kind.levels / 2
    bound = x.abs().sum(1)[:, None] * half_w + half_x[:, None] * (
        weight.abs() + half_w[:, None]
    ).sum(1)
    assert bool(((kind.of(weight, None)(x) - exact).abs() <= bound).all())


@pytest.mark.parametrize("kind", LAYERS)
def test_row_with_an_outlier_keeps_its_small_values(kind: type[Int8Linear]) -> None:
    torch.manual_seed(0)
    x = torch.randn(1, 512)
    x[0, 7] = 2000.0
    # The outlier's column has no weight: what is left is made by the small values alone.
    weight = torch.randint(-127, 128, (32, 512)).float()
    weight[:, 7] = 0
    weight[:, 0] = 127
    exact = x @ weight.t()
    # In one digit (steps of 15.7 or 31) every small value would round to 0 and the error be the
    # result. In two (steps of .062 or .24) it is step/sqrt(12) * |w|, about 30 or 120, with
    # results of about 1500.
    assert float((kind.of(weight, None)(x) - exact).abs().max()) < 0.25 * float(exact.std())


@needs_fbgemm
def test_packed_sums_never_saturate() -> None:
    # Largest weights against largest digits, all of one sign in the first rows: two products of
    # full-range 8-bit digits would pass 32,767 and be cut there.
    torch.manual_seed(0)
    weight = torch.where(torch.rand(16, 64) < 0.5, -127.0, 127.0)
    weight[0] = 127.0
    x = torch.where(torch.rand(8, 64) < 0.5, -64.0, 64.0)
    x[0], x[1] = 64.0, -64.0
    exact = x.double() @ weight.double().t()
    assert torch.equal(PackedInt8Linear.of(weight, None)(x).double(), exact)


@needs_fbgemm
def test_packed_layer_keeps_no_second_copy_of_its_weights() -> None:
    assert PackedInt8Linear.of(torch.randn(8, 16), None).weight is None


@pytest.mark.parametrize("kind", LAYERS)
def test_shape_and_type_follow_the_input(kind: type[Int8Linear]) -> None:
    out = kind.of(torch.randn(6, 8), None)(torch.randn(2, 3, 8, dtype=torch.bfloat16))
    assert out.shape == (2, 3, 6)
    assert out.dtype == torch.bfloat16


@pytest.mark.parametrize("kind", LAYERS)
def test_zero_rows_stay_zero(kind: type[Int8Linear]) -> None:
    assert kind.of(torch.zeros(4, 8), None)(torch.zeros(2, 8)).tolist() == [[0.0] * 4] * 2


def test_layer_without_weights_says_so() -> None:
    layer = Int8Linear.empty(4, 8, bias=False)
    layer.weight = None
    with pytest.raises(ValueError, match="not loaded"):
        layer(torch.zeros(1, 8))


@needs_fbgemm
def test_every_processor_with_fbgemm_has_a_layer() -> None:
    assert int8_layer() in (Int8Linear, PackedInt8Linear)
