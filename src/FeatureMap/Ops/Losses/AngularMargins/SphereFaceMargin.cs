using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// SphereFace, or A-Softmax: the angle of the target's class is multiplied. F(cos theta) = psi(theta) = (-1)^k cos(m theta) - 2 k on [k pi / m, (k + 1) pi / m], which is
/// cos(m theta) made to fall all the way from 1 to 1 - 2 m; see <see cref="AngularMargin"/>. The scores are |x| cos(theta): the length of the embedding is not normalised, so the
/// embedding is the third input. Full margin from the first step rarely trains, so the score starts as the plain cosine: F = (lambda cos theta + psi) / (1 + lambda), with a lambda that
/// falls (<see cref="Annealing"/>). Source: Liu et al., "SphereFace", arXiv 1704.08063; the annealing: Liu et al., "Large-margin softmax", arXiv 1612.02295.
/// </summary>
public sealed class SphereFaceMargin : AngularMargin, IOpRoom
{
    /// <summary>The factor of the angle.</summary>
    /// <exception cref="UsageException">The factor is not in 1 to 4.</exception>
    public SphereFaceMargin(int margin = 4)
    {
        if (margin is < 1 or > 4)
            throw new UsageException($"The margin of SphereFace multiplies the angle and is 1, 2, 3 or 4: received {margin}. 4 is usual; 1 is no margin.");
        Margin = margin;
    }

    /// <summary>What the angle is multiplied by: m.</summary>
    public int Margin { get; }

    /// <summary>How the margin is led in. In evaluation lambda is <see cref="MarginAnnealing.Least"/>, so that losses of different epochs can be compared.</summary>
    public MarginAnnealing Annealing { get; init; } = MarginAnnealing.Paper;

    /// <inheritdoc/>
    public override string Settings => $"margin {Margin}, scale {Scale}, lambda {Annealing}";

    /// <inheritdoc/>
    public override int InputCount => 3;

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        if (!(Annealing is { Base: >= 0, Gamma: >= 0, Power: >= 0, Least: >= 0 }))
            throw new UsageException($"The annealing of a margin needs numbers of at least 0: received {Annealing}.");
        if (!inputs[2].IsVector)
            throw new ShapeException($"SphereFaceMargin takes the embedding, a vector, as its third input: received {inputs[2]} (channels x height x width).");
        return base.OutputShape(inputs);
    }

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new SphereFaceMargin(settings.Whole("margin", (SphereFaceMargin op) => op.Margin, 1, 4))
        {
            Scale = ScaleOf(settings),
            Annealing = new MarginAnnealing(
            settings.Real("lambdaBase", (SphereFaceMargin op) => op.Annealing.Base, 0, 1e9),
            settings.Real("lambdaGamma", (SphereFaceMargin op) => op.Annealing.Gamma, 0, 1e9),
            settings.Real("lambdaPower", (SphereFaceMargin op) => op.Annealing.Power, 0, 100),
            settings.Real("lambdaLeast", (SphereFaceMargin op) => op.Annealing.Least, 0, 1e9)),
        };

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        Case("m = 4", new SphereFaceMargin { Annealing = MarginAnnealing.None }, 10, 19, InputValues.OneHot),
        Case("m = 3", new SphereFaceMargin(3) { Annealing = MarginAnnealing.None }, 5, 34, InputValues.OneHot),
        Case("m = 2, mixed labels", new SphereFaceMargin(2) { Annealing = MarginAnnealing.None }, 4, 33, InputValues.Probabilities),
        Case("m = 1: no margin", new SphereFaceMargin(1) { Annealing = MarginAnnealing.None }, 3, 2, InputValues.OneHot),
        Case("annealed, scaled", new SphereFaceMargin { Scale = 8, Annealing = new MarginAnnealing(10, 0.5f, 1.5f, 0.1f) }, 6, 17, InputValues.OneHot),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => Case(
        "random", new SphereFaceMargin(1 + random.NextInt(4)) { Scale = random.NextSingle(0.5f, 8), Annealing = random.NextInt(2) == 0 ? MarginAnnealing.None : new MarginAnnealing(random.NextSingle(0, 20)) },
        2 + random.NextInt(20), 1 + random.NextInt(40), random.NextInt(2) == 0 ? InputValues.OneHot : InputValues.Probabilities);

    // Embeddings of two numbers in [0.7, 1) have lengths from 0.99 to 1.41, so cosines reach from -0.96 to 0.96 and never beyond 1.
    private static OpCase Case(string name, SphereFaceMargin op, int classes, int batch, InputValues target) =>
        new(name, op, [Shape.Vector(classes), Shape.Vector(classes), Shape.Vector(2)], batch, CaseValues.Reals)
        {
            InputValues = [InputValues.Between(-0.95 * op.Scale, 0.95 * op.Scale), target, InputValues.Between(0.7, 1)],
        };

    internal override Kernel CreateKernel<TLanes>(KernelSite site) =>
        new AngularMarginKernel<TLanes, Function>(site, Scale, step => new Function(Margin, (float)Annealing.At(step, site.Mode)));

    internal override (double Value, double Slope) At(double cosine, StepState step, ExecutionMode mode)
    {
        var (angle, lambda) = (Math.Acos(cosine), Annealing.At(step, mode));
        var k = Math.Min(Margin - 1, (int)(angle * Margin / Math.PI));
        var sign = k % 2 == 0 ? 1 : -1;
        var psi = (sign * Math.Cos(Margin * angle)) - (2 * k);
        // d cos(m theta) / d cos(theta) = m sin(m theta) / sin(theta)
        var slope = sign * Margin * Math.Sin(Margin * angle) / Math.Sin(angle);
        return (((lambda * cosine) + psi) / (1 + lambda), (lambda + slope) / (1 + lambda));
    }

    private readonly struct Function(int margin, float lambda) : IMarginFunction
    {
        // cos(k pi / m) for k = 1 to m - 1, at [m, k].
        private static readonly float[,] Bounds = MakeBounds();

        public (TLanes Value, TLanes Slope) At<TLanes>(TLanes c) where TLanes : unmanaged, ILanes<TLanes>
        {
            var (value, slope) = Chebyshev(c);
            var (sign, offset) = (TLanes.Broadcast(1), TLanes.Zero);
            for (var k = 1; k < margin; k++)
            {
                var isBehind = TLanes.GreaterThan(TLanes.Broadcast(Bounds[margin, k]), c);
                sign = TLanes.Select(isBehind, TLanes.Zero - sign, sign);
                offset = TLanes.Select(isBehind, offset + TLanes.Broadcast(2), offset);
            }
            var (mix, share) = (TLanes.Broadcast(lambda), TLanes.Broadcast(1 / (1 + lambda)));
            return (
                TLanes.MultiplyAdd(mix, c, TLanes.MultiplyAdd(sign, value, TLanes.Zero - offset)) * share,
                TLanes.MultiplyAdd(sign, slope, mix) * share);
        }

        /// <summary>cos(m theta) as a polynomial of cos(theta), and its derivative.</summary>
        private (TLanes Value, TLanes Slope) Chebyshev<TLanes>(TLanes c) where TLanes : unmanaged, ILanes<TLanes>
        {
            var one = TLanes.Broadcast(1);
            var square = c * c;
            return margin switch
            {
                1 => (c, one),
                2 => (TLanes.MultiplyAdd(TLanes.Broadcast(2), square, TLanes.Zero - one), TLanes.Broadcast(4) * c),
                3 => (c * TLanes.MultiplyAdd(TLanes.Broadcast(4), square, TLanes.Broadcast(-3)), TLanes.MultiplyAdd(TLanes.Broadcast(12), square, TLanes.Broadcast(-3))),
                _ => (TLanes.MultiplyAdd(TLanes.Broadcast(8) * square, square - one, one), TLanes.Broadcast(16) * c * TLanes.MultiplyAdd(TLanes.Broadcast(2), square, TLanes.Zero - one)),
            };
        }

        private static float[,] MakeBounds()
        {
            var bounds = new float[5, 5];
            for (var m = 1; m <= 4; m++)
                for (var k = 1; k < m; k++)
                    bounds[m, k] = (float)PortableMath.Cos(k * Math.PI / m);
            return bounds;
        }
    }
}

/// <summary>
/// How a margin is led in: lambda = max(Least, Base (1 + Gamma step)^-Power), the weight of the plain score beside the one with the margin. Steps count batches.
/// </summary>
/// <param name="Base">lambda at step 0.</param>
/// <param name="Gamma">How fast it falls.</param>
/// <param name="Power">By which power of the steps.</param>
/// <param name="Least">What it falls to.</param>
public sealed record MarginAnnealing(float Base = 1000, float Gamma = 0.12f, float Power = 1, float Least = 5)
{
    /// <summary>The values of the paper's program: from 1000 to 5 within 1,700 steps.</summary>
    public static MarginAnnealing Paper { get; } = new();

    /// <summary>The whole margin from the first step.</summary>
    public static MarginAnnealing None { get; } = new(0, 0, 0, 0);

    /// <summary>lambda at a step.</summary>
    public double At(long step) => Math.Max(Least, Base * PortableMath.Exp(-Power * PortableMath.Log(1 + ((double)Gamma * step))));

    internal double At(StepState step, ExecutionMode mode) => mode == ExecutionMode.Training ? At(step.Step) : Least;

    /// <summary>The numbers.</summary>
    public override string ToString() => $"{Base} gamma {Gamma} power {Power} least {Least}";
}
