using FeatureMap.Ops;
using static FeatureMap.Torch.TorchFunction;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FeatureMap.Torch;

/// <summary>Embeddings and the losses that compare them, written out as their papers have them: libtorch differentiates.</summary>
internal static class MetricFunctions
{
    public static IEnumerable<TorchFunction> All =>
    [
        Of<AngularLinear>((op, call) => (functional.linear(call.X.flatten(1), functional.normalize(call.Parameters[0], 2, 1)) * op.Scale).reshape(call.Batch, op.Outputs, 1, 1)),
        Of<L2Normalize>(x => functional.normalize(x, 2, 1)),
        Of<CenterLoss>(Center) with { NeedsWholeBatch = true },
        Of<TripletLoss>(Triplet) with { NeedsWholeBatch = true },
        Of<ArcFaceMargin>((op, call) => Mixed(call, tensor(op.Scale, dtype: call.X.dtype, device: call.Device), cosine => ArcFace(op, cosine))),
        Of<CosFaceMargin>((op, call) => Mixed(call, tensor(op.Scale, dtype: call.X.dtype, device: call.Device), cosine => cosine - op.Margin)),
        Of<SphereFaceMargin>((op, call) => Mixed(call, call.Inputs[2].square().sum(1, keepdim: true).sqrt() * op.Scale, cosine => SphereFace(op, cosine, call))),
    ];

    // The centres move towards the images of their class, outside of the gradient.
    private static Tensor Center(CenterLoss op, TorchCall call)
    {
        var (x, target, centers) = (call.X.flatten(1), call.Inputs[1].flatten(1), call.Parameters[0]);
        var losses = (x - target.matmul(centers.clone())).square().sum([1]) * (op.Weight / 2);
        if (call.IsTraining)
        {
            using var _ = no_grad();
            var counts = target.sum([0]).unsqueeze(1);
            centers.sub_(((centers * counts) - target.T.matmul(x)) / (counts + 1) * op.Rate);
        }
        return losses.reshape(call.Batch, 1, 1, 1);
    }

    private static Tensor Triplet(TripletLoss op, TorchCall call)
    {
        var (x, labels) = (call.X.flatten(1), call.Inputs[1].flatten());
        var squares = (x.unsqueeze(1) - x.unsqueeze(0)).square().sum([2]);
        // The root has no derivative at 0, where images are equal: there the distance is taken as the constant 0.
        var distances = op.IsSquared ? squares : where(squares > 0, where(squares > 0, squares, ones_like(squares)).sqrt(), zeros_like(squares));
        var same = labels.unsqueeze(1) == labels.unsqueeze(0);
        var negative = same.logical_not();
        var positive = same.logical_and(eye(call.Batch, device: call.Device).to(ScalarType.Bool).logical_not());
        Tensor Cost(Tensor difference) => op.SoftMargin ? functional.softplus(difference, threshold: 40) : functional.relu(difference + op.Margin);
        Tensor costs, counted;
        if (op.Mining == TripletMining.All)
        {
            counted = positive.unsqueeze(2).logical_and(negative.unsqueeze(1));
            costs = Cost(distances.unsqueeze(2) - distances.unsqueeze(1)) * counted.to(x.dtype);
            if (!op.AveragesOverAll) counted = costs > 0;
        }
        else if (op.Mining == TripletMining.Hard)
        {
            counted = positive.any(1).logical_and(negative.any(1));
            var difference = Only(positive, distances, double.NegativeInfinity).max(1).values - Only(negative, distances, double.PositiveInfinity).min(1).values;
            costs = Cost(Only(counted, difference, 0)) * counted.to(x.dtype);
        }
        else
        {
            counted = positive.logical_and(negative.any(1).unsqueeze(1));
            var farther = negative.unsqueeze(1).logical_and(distances.unsqueeze(1) > distances.unsqueeze(2));
            var nearest = Only(farther, distances.unsqueeze(1).expand(call.Batch, call.Batch, call.Batch), double.PositiveInfinity).min(2).values;
            var farthest = Only(negative, distances, double.NegativeInfinity).max(1).values.unsqueeze(1).expand(call.Batch, call.Batch);
            costs = Cost(Only(counted, distances - where(farther.any(2), nearest, farthest), 0)) * counted.to(x.dtype);
        }
        var share = call.Batch / Math.Max(1.0, counted.sum().to(ScalarType.Float64).item<double>());
        return (costs.reshape(call.Batch, -1).sum([1]) * share).reshape(call.Batch, 1, 1, 1);
    }

    private static Tensor Only(Tensor condition, Tensor values, double otherwise) => where(condition, values, full_like(values.detach(), otherwise));

    private static Tensor ArcFace(ArcFaceMargin op, Tensor cosine)
    {
        var shifted = (cosine.acos() + op.Margin).cos();
        return op.EasyMargin
            ? where(cosine > 0, shifted, cosine)
            : where(cosine.acos() + op.Margin < Math.PI, shifted, cosine - (op.Margin * Math.Sin(op.Margin)));
    }

    private static Tensor SphereFace(SphereFaceMargin op, Tensor cosine, TorchCall call)
    {
        var angle = cosine.acos();
        var k = (angle.detach() * (op.Margin / Math.PI)).floor().clamp(0, op.Margin - 1);
        var psi = ((k.remainder(2) * -2) + 1) * (angle * op.Margin).cos() - (k * 2);
        var annealing = op.Annealing;
        var lambda = call.IsTraining
            ? Math.Max(annealing.Least, annealing.Base * Math.Pow(1 + ((double)annealing.Gamma * call.Step), -annealing.Power)) : annealing.Least;
        return ((cosine * lambda) + psi) / (1 + lambda);
    }

    // The class that the target names gets the score with the margin, mixed labels in their proportion.
    private static Tensor Mixed(TorchCall call, Tensor length, Func<Tensor, Tensor> margin) => call.X + (call.Inputs[1] * ((length * margin(call.X / length)) - call.X));
}
