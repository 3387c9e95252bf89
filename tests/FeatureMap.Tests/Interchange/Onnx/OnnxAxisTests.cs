using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;
using static FeatureMap.Tests.Interchange.OnnxGraphs;

namespace FeatureMap.Tests.Interchange;

/// <summary>ONNX works along any axis of any number of them; here there are three.</summary>
public sealed class OnnxAxisTests
{
    private static readonly float[] TwentyFour = [.. Enumerable.Range(0, 24).Select(i => (float)i)];

    /// <summary>Random permutations of up to five axes behind the batch against the definition.</summary>
    [Fact]
    public void Any_permutation_is_found()
    {
        var random = new RandomSequence(4, RandomPurpose.Testing);
        for (var round = 0; round < 60; round++)
        {
            var rank = 2 + random.NextInt(4);
            var sizes = Enumerable.Range(0, rank).Select(_ => 1).ToArray();
            foreach (ref var size in sizes.AsSpan()) size = 1 + random.NextInt(4);
            var order = Enumerable.Range(0, rank).ToArray();
            for (var i = rank - 1; i > 0; i--)
            {
                var other = random.NextInt(i + 1);
                (order[i], order[other]) = (order[other], order[i]);
            }
            var count = sizes.Aggregate(1, (a, b) => a * b);
            float[] numbers = [.. Enumerable.Range(0, count).Select(i => (float)i)];
            var model = Load(Model(
                [Node("Reshape", "x sizes", "r"), Node("Transpose", "r", "t", new OnnxAttribute("perm", [0, .. order.Select(axis => axis + 1L)])), Node("Flatten", "t", "y")],
                [Wholes("sizes", [0, .. sizes.Select(size => (long)size)])], [-1, count]));
            Assert.Equal(Permuted(numbers, sizes, order), Run(model, numbers));
        }
    }

    [Theory]
    [InlineData(1, 17)]
    [InlineData(2, 17)]
    [InlineData(3, 17)]
    [InlineData(-1, 17)]
    public void Softmax_works_along_each_axis(int axis, int opset)
    {
        var model = Load(Model([Node("Softmax", "x", "y", new OnnxAttribute("axis", axis))], input: [-1, 2, 3, 4], opset: opset));
        var output = Run(model, [.. TwentyFour.Select(value => value / 10)]);
        var (size, step) = axis switch { 1 => (2, 12), 2 => (3, 4), _ => (4, 1) };
        for (var i = 0; i < 24; i++)
        {
            var first = i - (i / step % size * step);
            var sum = Enumerable.Range(0, size).Sum(k => Math.Exp((first + (k * step)) / 10.0));
            Assert.Equal(Math.Exp(i / 10.0) / sum, output[i], 1e-6);
        }
    }

    /// <summary>Before operator set 13, all axes from the given one on were one.</summary>
    [Fact]
    public void The_old_softmax_takes_the_rest_together()
    {
        var output = Run(Load(Model([Node("Softmax", "x", "y", new OnnxAttribute("axis", 2))], input: [-1, 2, 3, 4], opset: 11)), [.. TwentyFour.Select(value => value / 10)]);
        Assert.Equal(1, output[..12].Sum(), 1e-6);
        Assert.Equal(1, output[12..].Sum(), 1e-6);
    }

    [Theory]
    [InlineData(1, new float[] { 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7 })]
    [InlineData(2, new float[] { 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7 })]
    [InlineData(3, new float[] { 0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7 })]
    public void Joining_works_along_each_axis(int axis, float[] expected) =>
        Assert.Equal(expected, Run(Load(Model([Node("Concat", "x x", "y", new OnnxAttribute("axis", axis))], input: [-1, 2, 2, 2])), TwentyFour[..8]));

    [Fact]
    public void Pieces_are_cut_along_each_axis()
    {
        var split = Model([Node("Split", "x sizes", "a b", new OnnxAttribute("axis", 2)), Node("Flatten", "b", "y")], [Wholes("sizes", 1, 2)], [-1, 2, 3, 4]);
        Assert.Equal([4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23], Run(Load(split), TwentyFour));
        var gathered = Model([Node("Gather", "x places", "y", new OnnxAttribute("axis", 3))], [Wholes("places", 3, 2, 0, 0)], [-1, 2, 3, 4]);
        Assert.Equal([3, 2, 0, 0, 7, 6, 4, 4], Run(Load(gathered), TwentyFour)[..8]);
        var single = Model([Node("Gather", "x place", "y", new OnnxAttribute("axis", 2))], [new OnnxTensor("place", [], new long[] { -1 })], [-1, 2, 3, 4]);
        Assert.Equal([8, 9, 10, 11, 20, 21, 22, 23], Run(Load(single), TwentyFour));
        var cut = Model([Node("Slice", "x starts ends axes steps", "y")], [Wholes("starts", -1, 0), Wholes("ends", long.MinValue, long.MaxValue), Wholes("axes", 3, 1), Wholes("steps", -2, 1)], [-1, 2, 3, 4]);
        Assert.Equal([3, 1, 7, 5, 11, 9], Run(Load(cut), TwentyFour)[..6]);
    }

    [Fact]
    public void Matrices_work_along_the_last_axes()
    {
        // Tokens x features, as transformers have them, and a matrix from the left.
        var right = Load(Model([Node("MatMul", "x w", "y")], [Reals("w", [2, 1], 1, 10)], [-1, 3, 2]));
        Assert.Equal([10, 32, 54], Run(right, 0, 1, 2, 3, 4, 5));
        var left = Load(Model([Node("MatMul", "w x", "y")], [Reals("w", [1, 3], 1, 10, 100)], [-1, 3, 2]));
        Assert.Equal([420, 531], Run(left, 0, 1, 2, 3, 4, 5));
    }

    [Fact]
    public void Layer_normalisation_of_tokens_keeps_them_apart()
    {
        var model = Load(Model([Node("LayerNormalization", "x scale shift", "y")], [Reals("scale", [2], 1, 2), Reals("shift", [2], 0, 10)], [-1, 3, 2]));
        Assert.Equal([-1, 12, -1, 12, 1, 8], Run(model, 0, 2, 5, 9, 4, 0), (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Theory]
    [InlineData("x sum half")]
    [InlineData("sum half x")]
    [InlineData("half x sum")]
    public void The_composed_gelu_is_one_layer(string factors)
    {
        var parts = factors.Split(' ');
        var model = Load(Model(
            [
                Node("Div", "x root", "d"), Node("Erf", "d", "e"), Node("Add", "e one", "sum"),
                Node("Mul", $"{parts[0]} {parts[1]}", "m"), Node("Mul", $"m {parts[2]}", "y"),
            ],
            [Reals("root", [], 1.4142135f), Reals("one", [], 1), Reals("half", [], 0.5f)]));
        Assert.Equal("Gelu", Assert.Single(model.Network.Layers.Skip(1)).Op!.Name);
        Assert.Equal(0.8413447f, Run(model, [.. Enumerable.Repeat(1f, 32)])[0], 1e-6f);
    }

    private static float[] Permuted(float[] numbers, int[] sizes, int[] order)
    {
        var output = new float[numbers.Length];
        for (var i = 0; i < output.Length; i++)
        {
            var place = new int[sizes.Length];
            var rest = i;
            for (var axis = sizes.Length - 1; axis >= 0; axis--)
            {
                place[order[axis]] = rest % sizes[order[axis]];
                rest /= sizes[order[axis]];
            }
            output[i] = numbers[place.Zip(sizes).Aggregate(0, (index, axis) => (index * axis.Second) + axis.First)];
        }
        return output;
    }
}
