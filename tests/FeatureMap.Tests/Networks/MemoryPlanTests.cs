using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Networks;

public sealed class MemoryPlanTests
{
    [Fact]
    public void No_two_tensors_that_live_at_the_same_time_overlap()
    {
        var random = new RandomSequence(8, RandomPurpose.Testing);
        var shared = 0;
        for (var trial = 0; trial < 300; trial++)
        {
            var plan = new MemoryPlan();
            var arena = new Arena();
            var lives = new List<(LaneTensor Tensor, int First, int Last)>();
            var count = 1 + random.NextInt(25);
            for (var i = 0; i < count; i++)
            {
                var tensor = new LaneTensor(new Shape(1 + random.NextInt(6), 1 + random.NextInt(4), 1 + random.NextInt(4)), arena);
                int first = random.NextInt(40), last = first + random.NextInt(15);
                // In any order, and through a view as well.
                plan.Touch(tensor, last);
                plan.Touch(tensor.View(Shape.Vector(tensor.Shape.Count)), first);
                lives.Add((tensor, first, last));
            }
            var floats = plan.Place();

            foreach (var (a, life) in lives.Index())
            {
                Assert.InRange(life.Tensor.Offset, 0, floats - life.Tensor.Floats);
                Assert.Equal(0, life.Tensor.Offset % 16);
                foreach (var other in lives.Skip(a + 1))
                {
                    var meetInTime = life.First <= other.Last && other.First <= life.Last;
                    var meetInMemory = life.Tensor.Offset < other.Tensor.Offset + other.Tensor.Floats && other.Tensor.Offset < life.Tensor.Offset + life.Tensor.Floats;
                    Assert.False(meetInTime && meetInMemory, $"trial {trial}: two tensors share floats from {Math.Max(life.Tensor.Offset, other.Tensor.Offset)} on");
                    if (meetInMemory) shared++;
                }
            }
            var most = Enumerable.Range(0, 60).Max(time => lives.Where(life => life.First <= time && time <= life.Last).Sum(life => life.Tensor.Floats));
            Assert.InRange(floats, most, lives.Sum(life => life.Tensor.Floats));
        }
        Assert.NotEqual(0, shared);
    }

    [Fact]
    public void A_chain_takes_the_memory_of_two_neighbours()
    {
        var plan = new MemoryPlan();
        var tensors = Enumerable.Range(0, 10).Select(_ => new LaneTensor(Shape.Image(2, 3, 3), new Arena())).ToList();
        foreach (var (time, tensor) in tensors.Index())
        {
            plan.Touch(tensor, time);
            plan.Touch(tensor, time + 1);
        }
        Assert.Equal(2 * tensors[0].Floats, plan.Place());
    }
}
