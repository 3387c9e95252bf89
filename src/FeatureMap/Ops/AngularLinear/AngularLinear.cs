using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// A dense layer that compares directions: every row w of the weight is brought to length 1 before it is used, and there is no bias, so that output j is
/// scale x . w_j / |w_j| = scale |x| cos(theta_j), with theta_j the angle between the input and the direction of class j. Behind <see cref="L2Normalize"/> it gives cosines
/// times the scale. Classes then differ in direction only: none is favoured by a longer weight, and a margin can be asked for in angles (<see cref="AngularMargin"/>).
/// Parameter: weight outputs x inputs; weight decay does not pull on it, because its length means nothing.
/// Sources: Liu et al., "SphereFace", arXiv 1704.08063; Wang et al., "NormFace", arXiv 1704.06369.
/// </summary>
public sealed class AngularLinear : Op, IOpRoom
{
    /// <summary>A layer with the given number of outputs.</summary>
    public AngularLinear(int outputs) => Outputs = outputs;

    /// <summary>Numbers in the output vector: the classes.</summary>
    public int Outputs { get; }

    /// <summary>Factor of the output. Softmax of numbers between -1 and 1 can never be certain, so cosines need one: 16 to 64.</summary>
    public float Scale { get; init; } = 1;

    /// <summary>How the weights start; only their direction counts.</summary>
    public Initializer WeightInitializer { get; init; } = Initializer.GlorotNormal;

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        var input = inputs[0];
        if (Outputs < 1)
            throw new ShapeException($"A layer of directions needs at least 1 output: received {Outputs}.");
        if (!(Scale is > 0 and <= 1e6f))
            throw new UsageException($"The scale of a layer of directions must be above 0 and at most 1e6: received {Scale}. 1 for "
                + "SphereFace; 16 to 64 for cosines.");
        if (WeightInitializer == Initializer.Zeros)
            throw new UsageException("A layer of directions needs directions to start with, and weights that are all 0 have none: received the initialiser 'zeros'. Use another one, such as Initializer.GlorotNormal.");
        if (!input.IsVector)
            throw new ShapeException($"A layer of directions takes a vector: received {input} (channels x height x width). Put Flatten() or GlobalAveragePool() before it.");
        return Shape.Vector(Outputs);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) =>
        [new ParameterDefinition("weight", [Outputs, inputs[0].Count], Trainable: true, WeightInitializer, inputs[0].Count, Outputs)];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new((long)Outputs * inputs[0].Count);

    // A vector has one position, and each output reads it.
    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) =>
        new("directions, then product", "once per step and not per image: the rows are normalised before the dense product packs them, and their gradient comes from that of the normalised rows");

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new AngularLinear(settings.Whole("outputs", (AngularLinear op) => op.Outputs, most: int.MaxValue, text: outputs => $"{outputs}"))
        {
            Scale = settings.Real("scale", (AngularLinear op) => op.Scale, 1e-9, 1e6, scale => scale == 1 ? "" : $"scale {scale}"),
            WeightInitializer = settings.Initializer("initializer", (AngularLinear op) => op.WeightInitializer),
        };

    // The weights of a trained network are numbers: it is written as the dense layer that it is. Read back, it is a Linear without bias.
    internal override void ExportOnnx(OnnxExport graph)
    {
        var directions = graph.ParameterValues(0);
        var weight = new float[directions.Length];
        Normalized.Compose(graph.InputShapes, [.. Enumerable.Repeat(Scale, Outputs)], directions, weight);
        graph.Result("Gemm", [graph.Vector(), graph.Constant("weight", [Outputs, graph.InputShapes[0].Count], weight)], new OnnxAttribute("transB", true));
    }

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("ten classes", new AngularLinear(10), [Shape.Vector(32)], 19, CaseValues.Reals),
        new("scaled, ragged", new AngularLinear(14) { Scale = 16 }, [Shape.Vector(37)], 33, CaseValues.Reals),
        new("two dimensions", new AngularLinear(3) { Scale = 0.5f }, [Shape.Vector(2)], 16, CaseValues.Reals),
        new("one of one: the sign of the weight", new AngularLinear(1), [Shape.Vector(1)], 1, CaseValues.Reals),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => new(
        "random", new AngularLinear(1 + random.NextInt(24)) { Scale = random.NextSingle(0.5f, 20) }, [Shape.Vector(2 + random.NextInt(60))], 1 + random.NextInt(40), CaseValues.Reals);

    internal override GradientReads GradientReads => GradientReads.Input;

    /// <summary>Weight normalisation of a dense layer: the same arithmetic, with lengths that are learned there and given here.</summary>
    private WeightNorm Normalized => new(new Linear(Outputs) { HasBias = false });

    internal override Kernel CreateKernel<TLanes>(KernelSite site)
    {
        var definition = new ParameterDefinition("scale", [Outputs], Trainable: false, Initializer.Ones);
        var lengths = new ParameterSlot(
            definition, new AlignedBuffer(Outputs), site.Parameters[0].IsTrained ? new AlignedBuffer(Outputs) : null);
        lengths.Span.Fill(Scale);
        var normalized = Normalized;
        return new WeightNormKernel(site with { Parameters = [lengths, .. site.Parameters] }, normalized, normalized.Inner.CreateKernel<TLanes>);
    }

    internal override void ReferenceForward(ReferencePass pass) => ForEachOutput(pass, (image, output, length, cosine) =>
        pass.Output[image, output] = Scale * cosine);

    internal override void ReferenceBackward(ReferencePass pass)
    {
        var (inputs, weight) = (pass.Input.Shape.Count, pass.Parameters[0]);
        ForEachOutput(pass, (image, output, length, cosine) =>
        {
            // y = s x . w / |w|: dy/dx = s w / |w|, dy/dw = s (x - (x . w / |w|) w / |w|) / |w|.
            var gradient = Scale * pass.OutputGradient![image, output] / length;
            for (var i = 0; i < inputs; i++)
            {
                pass.InputGradients[0][image, i] += gradient * weight[(output * inputs) + i];
                pass.ParameterGradients[0][(output * inputs) + i] += gradient * (pass.Input[image, i] - (cosine * weight[(output * inputs) + i] / length));
            }
        });
    }

    // With the length of the output's row, and x . w / |w|.
    private void ForEachOutput(ReferencePass pass, Action<int, int, double, double> action)
    {
        var (inputs, weight) = (pass.Input.Shape.Count, pass.Parameters[0]);
        for (var output = 0; output < Outputs; output++)
        {
            var length = Math.Sqrt(Enumerable.Range(output * inputs, inputs).Sum(i => weight[i] * weight[i]));
            for (var image = 0; image < pass.Batch; image++)
                action(image, output, length, Enumerable.Range(0, inputs).Sum(i => pass.Input[image, i] * weight[(output * inputs) + i]) / length);
        }
    }
}
