using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Losses = TorchSharp.torch.nn.Reduction;

namespace FeatureMap.Goldens.Functions;

/// <summary>
/// The ready-made losses in libtorch, one number per image: its own function without reduction and the mean over what belongs to an image; where it has none, the
/// formula of the paper over its tensors.
/// </summary>
internal static class ReadyLosses
{
    public static Tensor Compute(string loss, Tensor x, Tensor t, Tensor weights) => loss switch
    {
        "cross-entropy" => Mean(functional.cross_entropy(x, t, reduction: Losses.None)),
        "cross-entropy, weights and smoothing" => Mean(functional.cross_entropy(x, t, weights, reduction: Losses.None, label_smoothing: 0.1f)),
        "focal" => Mean(-(t * (1 - functional.softmax(x, 1)).pow(2) * functional.log_softmax(x, 1)).sum([1])),
        "focal 1.5, weights" => Mean(-(Channels(weights) * t * (1 - functional.softmax(x, 1)).pow(1.5) * functional.log_softmax(x, 1)).sum([1])),
        "binary cross-entropy" => Mean(functional.binary_cross_entropy_with_logits(x, t, reduction: Losses.None)),
        "binary cross-entropy, positive weight" => Mean(functional.binary_cross_entropy_with_logits(x, t, reduction: Losses.None, pos_weights: full_like(x.detach(), 3))),
        "binary cross-entropy of probabilities" => Mean(functional.binary_cross_entropy(x, t, reduction: Losses.None)),
        "binary focal" => Mean(BinaryFocal(x, t, 2) * ((t * 0.25) + ((1 - t) * 0.75))),
        "binary focal 1.5" => Mean(BinaryFocal(x, t, 1.5)),
        "negative log-likelihood, weights" => Mean(functional.nll_loss(x, t.argmax(1), weights, reduction: Losses.None)),
        "Kullback-Leibler" => Mean(functional.kl_div(functional.log_softmax(x, 1), t, log_target: false, reduction: Losses.None).sum([1])),
        "Kullback-Leibler, temperature" => Mean(functional.kl_div(functional.log_softmax(x / 2, 1), t, log_target: false, reduction: Losses.None).sum([1])) * 4,
        "hinge" => Mean(Hinge(x, t, 1).sum([1])) / x.shape[1],
        "squared hinge" => Mean(Hinge(x, t, 0.5).square().sum([1])) / x.shape[1],
        "binary hinge" => Mean(functional.relu(1 - (((t * 2) - 1) * x))),
        "squared binary hinge" => Mean(functional.relu(2 - (((t * 2) - 1) * x)).square()),
        "mean square" => Mean(functional.mse_loss(x, t, Losses.None)),
        "mean distance" => Mean(functional.l1_loss(x, t, Losses.None)),
        "Huber" => Mean(functional.huber_loss(x, t, 0.75, Losses.None)),
        "smooth L1" => Mean(functional.smooth_l1_loss(x, t, Losses.None, 0.5)),
        "log cosh" => Mean((x - t).cosh().log()),
        "Poisson" => Mean(functional.poisson_nll_loss(x, t, log_input: true, full: false, reduction: Losses.None)),
        "Dice" => Region(functional.softmax(x, 1), t, (common, found, wanted) => ((common * 2) + 1) / (found + wanted + 1)),
        "Dice of sigmoids" => Region(x.sigmoid(), t, (common, found, wanted) => ((common * 2) + 2) / (found + wanted + 2)),
        "Jaccard" => Region(functional.softmax(x, 1), t, (common, found, wanted) => (common + 0.5) / (found + wanted - common + 0.5)),
        "Tversky" => Region(functional.softmax(x, 1), t, (common, found, wanted) => (common + 1) / (common + ((found - common) * 0.3) + ((wanted - common) * 0.7) + 1)),
        "Tversky of probabilities" => Region(x, t, (common, found, wanted) => (common + 1) / (common + ((found - common) * 0.6) + ((wanted - common) * 0.2) + 1)),
        "generalised Dice" => GeneralizedDice(functional.softmax(x, 1), t),
        _ => throw new NotSupportedException($"The loss '{loss}' has no translation to libtorch."),
    };

    private static Tensor Mean(Tensor numbers) => numbers.flatten(1).mean([1]);

    private static Tensor Channels(Tensor weights) => weights.reshape(1, -1, 1, 1);

    private static Tensor BinaryFocal(Tensor x, Tensor t, double gamma)
    {
        // torchvision's sigmoid_focal_loss.
        var p = x.sigmoid();
        return functional.binary_cross_entropy_with_logits(x, t, reduction: Losses.None) * (1 - ((p * t) + ((1 - p) * (1 - t)))).pow(gamma);
    }

    private static Tensor Hinge(Tensor x, Tensor t, double margin) => functional.relu(x - (x * t).sum(1, keepdim: true) + margin) * (1 - t);

    private static Tensor Region(Tensor p, Tensor t, Func<Tensor, Tensor, Tensor, Tensor> overlap) =>
        Mean(1 - overlap((p * t).sum([2, 3]), p.sum([2, 3]), t.sum([2, 3])));

    private static Tensor GeneralizedDice(Tensor p, Tensor t)
    {
        var weight = 1 / t.sum([2, 3]).clamp(min: 1).square();
        return 1 - ((((weight * (p * t).sum([2, 3])).sum([1]) * 2) + 1e-5) / ((weight * (p.sum([2, 3]) + t.sum([2, 3]))).sum([1]) + 1e-5));
    }
}
