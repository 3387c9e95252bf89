using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>How many numbers become one, whatever their count: a sum, a largest number.</summary>
internal interface IFold
{
    /// <summary>What the total is before the first number.</summary>
    static abstract float Start { get; }

    /// <summary>What one number contributes.</summary>
    static abstract TLanes Term<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>;

    /// <summary>The total with one more term, or two totals together.</summary>
    static abstract TLanes Join<TLanes>(TLanes total, TLanes term) where TLanes : unmanaged, ILanes<TLanes>;
}

/// <summary>The plain sum.</summary>
internal readonly struct SumFold : IFold
{
    public static float Start => 0;

    public static TLanes Term<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => x;

    public static TLanes Join<TLanes>(TLanes total, TLanes term) where TLanes : unmanaged, ILanes<TLanes> => total + term;
}

/// <summary>
/// Folds a tensor onto a smaller one, row by row in the order of memory. The numbers of a row that go to the same place are joined among themselves first, so
/// that a long sum is a sum of row sums: fewer roundings, and still one fixed order.
/// </summary>
internal static unsafe class Fold<TLanes, TFold>
    where TLanes : unmanaged, ILanes<TLanes>
    where TFold : IFold
{
    /// <summary>Puts every total to its start.</summary>
    public static void Begin(float* totals, nint floats) => new Span<float>(totals, (int)floats).Fill(TFold.Start);

    /// <summary>Joins one row onto totals that stand <paramref name="step"/> floats apart: 16, or 0 where the whole row goes to one place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row(float* row, nint columns, float* totals, nint step)
    {
        if (step != 0)
        {
            for (var end = row + (columns * LaneLayout.Lanes); row < end; row += TLanes.Width, totals += TLanes.Width)
                TLanes.Store(totals, TFold.Join(TLanes.Load(totals), TFold.Term(TLanes.Load(row))));
            return;
        }
        for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
        {
            var total = TLanes.Broadcast(TFold.Start);
            for (nint column = 0; column < columns; column++)
                total = TFold.Join(total, TFold.Term(TLanes.Load(row + (column * LaneLayout.Lanes) + part)));
            TLanes.Store(totals + part, TFold.Join(TLanes.Load(totals + part), total));
        }
    }
}
