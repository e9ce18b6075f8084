from __future__ import annotations

import torch

from pipelines.llms.int8_linear import Int8Linear


def test_whole_numbers_are_exact() -> None:
    # Both scales are 1: each row of the weight and of x has 127 as its largest value.
    weight = torch.tensor([[127.0, 3.0, -5.0], [-127.0, 0.0, 64.0]])
    x = torch.tensor([[127.0, -2.0, 1.0]])
    layer = Int8Linear.of(weight, torch.tensor([1.0, -1.0]))
    # 127*127 - 6 - 5 + 1 and -127*127 + 64 - 1
    assert layer(x).tolist() == [[16119.0, -16066.0]]


def test_error_is_below_the_rounding_of_weights_and_activations() -> None:
    torch.manual_seed(0)
    weight, x = torch.randn(64, 256), torch.randn(5, 256)
    exact = x @ weight.t()
    # A rounding error is at most half a step, a step 1/127 of the row's largest value.
    half_w = weight.abs().amax(1) / 127 / 2
    half_x = x.abs().amax(1) / 127 / 2
    bound = x.abs().sum(1)[:, None] * half_w + half_x[:, None] * (
        weight.abs() + half_w[:, None]
    ).sum(1)
    assert bool(((Int8Linear.of(weight, None)(x) - exact).abs() <= bound).all())


def test_row_with_an_outlier_keeps_its_small_values() -> None:
    torch.manual_seed(0)
    x = torch.randn(1, 512)
    x[0, 7] = 2000.0
    # The outlier's column has no weight: what is left is made by the small values alone.
    weight = torch.randint(-127, 128, (32, 512)).float()
    weight[:, 7] = 0
    weight[:, 0] = 127
    exact = x @ weight.t()
    # In one digit (steps of 15.7) every small value would round to 0 and the error be the result.
    # In two (steps of .062) it is .062/sqrt(12) * |w|, about 30, with results of about 1500.
    assert float((Int8Linear.of(weight, None)(x) - exact).abs().max()) < 0.1 * float(exact.std())


def test_shape_and_type_follow_the_input() -> None:
    layer = Int8Linear.of(torch.randn(6, 8), None)
    out = layer(torch.randn(2, 3, 8, dtype=torch.bfloat16))
    assert out.shape == (2, 3, 6)
    assert out.dtype == torch.bfloat16


def test_zero_rows_stay_zero() -> None:
    layer = Int8Linear.of(torch.zeros(4, 8), None)
    assert layer(torch.zeros(2, 8)).tolist() == [[0.0] * 4] * 2
