namespace FeatureMap.Ops;

public sealed partial class TripletLoss
{
    internal override void ReferenceForward(ReferencePass pass)
    {
        var (triplets, share) = Counted(pass);
        Array.Clear(pass.Output.Values);
        foreach (var triplet in triplets)
            pass.Output[triplet.Anchor, 0] += Cost(pass, triplet).Value * share;
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        var (triplets, share) = Counted(pass);
        foreach (var gradient in pass.InputGradients)
            Array.Clear(gradient.Values);
        foreach (var triplet in triplets)
        {
            var pull = Cost(pass, triplet).Slope * share * pass.OutputGradient![triplet.Anchor, 0];
            Move(pass, triplet.Anchor, triplet.Positive, pull);
            Move(pass, triplet.Anchor, triplet.Negative, -pull);
        }
    }

    /// <summary>The triplets that the mean is over, and what each counts for in the loss of its anchor, so that the mean over the images is the mean over the triplets.</summary>
    private (List<Triplet> Triplets, double Share) Counted(ReferencePass pass)
    {
        var triplets = Chosen(pass).ToList();
        if (Mining == TripletMining.All && !AveragesOverAll) triplets.RemoveAll(triplet => Cost(pass, triplet).Value <= 0);
        return (triplets, triplets.Count == 0 ? 0 : (double)pass.Batch / triplets.Count);
    }

    private IEnumerable<Triplet> Chosen(ReferencePass pass)
    {
        for (var anchor = 0; anchor < pass.Batch; anchor++)
        {
            var (a, images) = (anchor, Enumerable.Range(0, pass.Batch));
            var positives = images.Where(image => image != a && pass.Inputs[1][image, 0] == pass.Inputs[1][a, 0]).ToList();
            var negatives = images.Where(image => pass.Inputs[1][image, 0] != pass.Inputs[1][a, 0]).ToList();
            if (positives.Count == 0 || negatives.Count == 0) continue;
            if (Mining == TripletMining.All)
            {
                foreach (var positive in positives)
                    foreach (var negative in negatives)
                        yield return new Triplet(a, positive, negative);
            }
            else if (Mining == TripletMining.Hard)
            {
                yield return new Triplet(a, positives.MaxBy(image => Distance(pass, a, image)), negatives.MinBy(image => Distance(pass, a, image)));
            }
            else
            {
                foreach (var positive in positives)
                {
                    var farther = negatives.Where(image => Distance(pass, a, image) > Distance(pass, a, positive)).ToList();
                    yield return new Triplet(a, positive, farther.Count > 0 ? farther.MinBy(image => Distance(pass, a, image)) : negatives.MaxBy(image => Distance(pass, a, image)));
                }
            }
        }
    }

    /// <summary>Loss of a triplet and its derivative by d(a, p) - d(a, n).</summary>
    private (double Value, double Slope) Cost(ReferencePass pass, Triplet triplet)
    {
        var difference = Distance(pass, triplet.Anchor, triplet.Positive) - Distance(pass, triplet.Anchor, triplet.Negative);
        if (SoftMargin) return (Math.Log(1 + Math.Exp(difference)), 1 / (1 + Math.Exp(-difference)));
        return difference + Margin > 0 ? (difference + Margin, 1) : (0, 0);
    }

    private double Distance(ReferencePass pass, int one, int other)
    {
        double squares = 0;
        for (var i = 0; i < pass.Input.Shape.Count; i++)
            squares += Math.Pow(pass.Input[one, i] - pass.Input[other, i], 2);
        return IsSquared ? squares : Math.Sqrt(squares);
    }

    // Adds pull times the derivative of the distance: 2 (a - b), or (a - b) / d; both ends, with opposite signs.
    private void Move(ReferencePass pass, int one, int other, double pull)
    {
        var distance = Distance(pass, one, other);
        var factor = IsSquared ? 2 * pull : distance > 0 ? pull / distance : 0;
        for (var i = 0; i < pass.Input.Shape.Count; i++)
        {
            var step = factor * (pass.Input[one, i] - pass.Input[other, i]);
            pass.InputGradients[0][one, i] += step;
            pass.InputGradients[0][other, i] -= step;
        }
    }

    private readonly record struct Triplet(int Anchor, int Positive, int Negative);
}
