namespace FeatureMap.Lanes;

/// <summary>
/// A prepared tap sum y[o][row][column] = bias[o] + sum over channels and taps of w[o][c][t] x[c][row, column, offset t].
/// </summary>
internal unsafe interface ITapSum
{
    /// <summary>Floats of thread memory that <see cref="Run"/> uses.</summary>
    long ScratchFloats { get; }

    /// <summary>Repacks weights: w[o][c][t] is read at o x outputStep + c x channelStep + tapIndex[t].</summary>
    void Pack(float* weights, nint outputStep, nint channelStep, ReadOnlySpan<int> tapIndex);

    /// <summary>Computes a part of one shard's sums.</summary>
    /// <param name="input">What tap offset 0 of output pixel (0, 0) reads.</param>
    /// <param name="output">Output pixel (0, 0) of output 0.</param>
    /// <param name="bias">What the sums start from; null for 0.</param>
    /// <param name="part">The part.</param>
    /// <param name="channelStep">Floats from channel to channel of the input, which may be a copy of the rows that the part reads.</param>
    /// <param name="finish">What becomes of the sums.</param>
    /// <param name="scratch">Memory of the thread.</param>
    void Run(float* input, float* output, float* bias, MapPart part, nint channelStep, in ShardFinish finish, float* scratch);
}

/// <summary>Of the two kernels of a tap sum, which give the same bits, the one that is faster.</summary>
internal static class TapSums
{
    // Outputs that share a copied number, and products per output, from which the copy costs less than idle lanes.
    private const int FewLanesOutputs = 16, FewLanesDepth = 16;

    // The same where all lanes have an image: outputs, and weights, of which a megabyte and more.
    private const int WideOutputs = 64, WideWeights = 1 << 18;

    /// <summary>
    /// Register tiles read all inputs of three pixels again for every block of outputs. That is as good as a copy while they stay near;
    /// wide layers have too many of them, in planes that fall into the same cache sets. Measured with 16 registers (3x3 with stride 2): 64
    /// to 128 channels 0.91 times as fast over panels, 128 to 256 1.2, 256 to 512 2.4; up-convolutions 2x2 of 1024 to 512 channels 4 to 5.
    /// Where a shard has few images, tiles compute in idle lanes as well, while over panels several pixels share a register: 1.1 to 4.6
    /// times as fast with 8 lanes, 1.5 to 7 with 4.
    /// </summary>
    public static ITapSum Of<TLanes>(TapSumShape shape) where TLanes : unmanaged, ILanes<TLanes> =>
        PaysPanels(shape) ? new PanelSum<TLanes>(shape) : new TapSum<TLanes>(shape);

    private static bool PaysPanels(TapSumShape shape)
    {
        var depth = (long)shape.Channels * shape.TapOffsets.Length;
        return shape.OccupiedLanes < LaneLayout.Lanes
            ? shape.Outputs >= FewLanesOutputs && depth >= FewLanesDepth
            : shape.Outputs >= WideOutputs && depth * shape.Outputs >= WideWeights;
    }
}
