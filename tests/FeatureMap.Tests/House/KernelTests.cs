using Xunit;

namespace FeatureMap.Tests.House;

/// <summary>What every kernel must have to be as fast in a user's program as it was measured.</summary>
public sealed class KernelTests
{
    [Fact]
    public void Loops_over_registers_are_compiled_at_once_and_whole() => Guard.None(RegisterLoops.In(typeof(Shape).Assembly));

    [Fact]
    public void A_loop_without_it_is_found() => Assert.Contains(RegisterLoops.In(typeof(KernelTests).Assembly), sentence =>
        sentence.StartsWith("KernelTests.Careless`1.Run loops over registers", StringComparison.Ordinal));

    private static class Careless<TLanes> where TLanes : unmanaged, FeatureMap.Lanes.ILanes<TLanes>
    {
        public static unsafe void Run(float* x, int count)
        {
            for (var i = 0; i < count; i += TLanes.Width)
                TLanes.Store(x + i, TLanes.Load(x + i) + TLanes.Load(x + i));
        }
    }
}
