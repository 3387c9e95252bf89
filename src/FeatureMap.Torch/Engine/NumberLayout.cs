using System.Runtime.InteropServices;
using FeatureMap.Networks;
using TorchSharp;
using static TorchSharp.torch;
using Parameter = FeatureMap.Networks.Parameter;

namespace FeatureMap.Torch;

/// <summary>
/// Where the numbers of a network stand in one row on a device: first those that are trained and that weight decay pulls on, then the other
/// trained ones, then the rest (running statistics, frozen layers). An optimiser so works on few long rows instead of many small tensors.
/// </summary>
internal sealed class NumberLayout
{
    private readonly IReadOnlyList<Parameter> parameters;
    private readonly long[] starts;
    private readonly bool isChannelsLast;

    /// <param name="weights">Decides the sizes.</param>
    /// <param name="isTrained">Which parameters are trained.</param>
    /// <param name="isChannelsLast">Whether kernels stand with their channels innermost.</param>
    public NumberLayout(Weights weights, Func<Parameter, bool> isTrained, bool isChannelsLast)
    {
        (parameters, this.isChannelsLast) = (weights.Parameters, isChannelsLast);
        starts = new long[parameters.Count];
        IsTrained = [.. parameters.Select(isTrained)];
        Order = [.. Enumerable.Range(0, parameters.Count).OrderBy(i => !IsTrained[i] ? 2 : parameters[i].Definition.Decays ? 0 : 1)];
        foreach (var i in Order)
        {
            starts[i] = Count;
            Count += parameters[i].Definition.Count;
            if (IsTrained[i]) Trained = Count;
        }
    }

    /// <summary>Numbers of the parameters that are trained: the first ones of the row.</summary>
    public long Trained { get; }

    /// <summary>Numbers in all.</summary>
    public long Count { get; }

    public IReadOnlyList<bool> IsTrained { get; }

    /// <summary>The parameters as they stand in the row.</summary>
    public IReadOnlyList<int> Order { get; }

    /// <summary>Where a parameter begins.</summary>
    public long Start(int parameter) => starts[parameter];

    /// <summary>A parameter in a row of this layout, in its own sizes.</summary>
    public Tensor View(Tensor row, int parameter)
    {
        long[] sizes = [.. parameters[parameter].Dimensions.Select(size => (long)size)];
        return row.as_strided(sizes, Strides(sizes), starts[parameter]);
    }

    /// <summary>Copies a parameter's numbers from a row of this layout.</summary>
    public void Read(Tensor row, int parameter, Span<float> target)
    {
        using var scope = NewDisposeScope();
        var here = row.narrow(0, starts[parameter], target.Length).cpu();
        var numbers = MemoryMarshal.Cast<byte, float>(here.bytes);
        var (channels, area) = Turned(parameter);
        if (channels == 1) numbers.CopyTo(target);
        else Turn(numbers, area, channels, target);
    }

    /// <summary>Copies a parameter's numbers into a row of this layout.</summary>
    public void Write(Tensor row, int parameter, ReadOnlySpan<float> source)
    {
        using var scope = NewDisposeScope();
        var part = row.narrow(0, starts[parameter], source.Length);
        var here = row.device_type == DeviceType.CPU ? part : empty(source.Length, dtype: ScalarType.Float32);
        var numbers = MemoryMarshal.Cast<byte, float>(here.bytes);
        var (channels, area) = Turned(parameter);
        if (channels == 1) source.CopyTo(numbers);
        else Turn(source, channels, area, numbers);
        if (!ReferenceEquals(here, part)) part.copy_(here);
    }

    // Channels and area of kernels whose channels stand innermost in a row; 1 channel where the numbers stand as they are.
    private (int Channels, int Area) Turned(int parameter) =>
        isChannelsLast && parameters[parameter].Dimensions is [_, var channels, var height, var width] && height * width > 1
            ? (channels, height * width) : (1, 1);

    // [kernel][row][column] becomes [kernel][column][row].
    private static void Turn(ReadOnlySpan<float> source, int rows, int columns, Span<float> target)
    {
        for (var start = 0; start < source.Length; start += rows * columns)
            for (var row = 0; row < rows; row++)
                for (var column = 0; column < columns; column++)
                    target[start + (column * rows) + row] = source[start + (row * columns) + column];
    }

    private long[] Strides(long[] sizes)
    {
        if (isChannelsLast && sizes.Length == 4)
            return [sizes[1] * sizes[2] * sizes[3], 1, sizes[1] * sizes[3], sizes[1]];
        var strides = new long[sizes.Length];
        long step = 1;
        for (var axis = sizes.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = step;
            step *= sizes[axis];
        }
        return strides;
    }
}
