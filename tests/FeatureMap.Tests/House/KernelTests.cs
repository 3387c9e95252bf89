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

    [Fact]
    public void A_long_choice_without_it_is_found() => Assert.Contains(RegisterLoops.In(typeof(KernelTests).Assembly), sentence =>
        sentence.StartsWith("KernelTests.Careless`1.Choose works on memory", StringComparison.Ordinal));

    private static class Careless<TLanes> where TLanes : unmanaged, FeatureMap.Lanes.ILanes<TLanes>
    {
        public static unsafe void Run(float* x, int count)
        {
            for (var i = 0; i < count; i += TLanes.Width)
                TLanes.Store(x + i, TLanes.Load(x + i) + TLanes.Load(x + i));
        }

        public static unsafe void Choose(float* x, (int First, int Second) tile)
        {
            switch (tile)
            {
                case (1, 1): Run(x, 1); break;
                case (1, 2): Run(x + 1, 2); break;
                case (1, 3): Run(x + 2, 3); break;
                case (2, 1): Run(x + 3, 4); break;
                case (2, 2): Run(x + 4, 5); break;
                case (2, 3): Run(x + 5, 6); break;
                case (3, 1): Run(x + 6, 7); break;
                default: Run(x + 7, 8); break;
            }
        }
    }
}
