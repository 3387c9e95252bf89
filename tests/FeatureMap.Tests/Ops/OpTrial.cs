using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Tests.Ops;

/// <summary>Runs one op's kernel and its reference on given numbers; the numbers of each image stand in the plain order channel, row, column.</summary>
internal sealed class OpTrial
{
    private readonly ReferencePass pass;
    private readonly OpRunner runner;

    public OpTrial(Op op, Shape shape, int batch, double[] numbers, ExecutionMode mode = ExecutionMode.Training, ulong seed = 1, uint step = 0, int layer = 1)
        : this(op, [Tensor(shape, batch, numbers)], mode, seed, step, layer) { }

    public OpTrial(Op op, ReferenceTensor[] inputs, ExecutionMode mode = ExecutionMode.Training, ulong seed = 1, uint step = 0, int layer = 1, double[][]? parameters = null)
    {
        pass = ReferencePass.Create(op, inputs, parameters ?? [], mode, new StepState { Seed = seed, Step = step, Count = inputs[0].Batch }, layer);
        Array.Fill(pass.OutputGradient!.Values, 1);
        runner = new OpRunner(pass, LaneWidth.Bits256);
        op.ReferenceForward(pass);
        runner.Forward();
        Output = runner.Output().Values;
        Reference = pass.Output.Values;
    }

    /// <summary>What the kernel gave.</summary>
    public double[] Output { get; }

    /// <summary>What the naive reference gave.</summary>
    public double[] Reference { get; }

    /// <summary>The kernel's gradient of an input, for an output gradient of all ones unless another is given.</summary>
    public double[] InputGradient(int input = 0)
    {
        runner.Backward();
        return runner.InputGradient(input).Values;
    }

    public static ReferenceTensor Tensor(Shape shape, int batch, double[] numbers)
    {
        var tensor = new ReferenceTensor(batch, shape);
        for (var i = 0; i < tensor.Values.Length; i++)
            tensor.Values[i] = numbers[i % numbers.Length];
        return tensor;
    }
}
