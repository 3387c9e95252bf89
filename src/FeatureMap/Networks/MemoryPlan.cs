using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// Places tensors in an arena slot by lifetime: two tensors may share memory when they are never alive at the same time. Times count the layers forward,
/// then backward. Largest first, each at the lowest place that is free during its whole life.
/// </summary>
internal sealed class MemoryPlan
{
    private const int Alignment = 16; // floats: one cache line
    private readonly List<Life> lives = [];
    private readonly Dictionary<LaneTensor, Life> byTensor = [];

    /// <summary>Every tensor with its life, in the order in which they were mentioned first.</summary>
    public IReadOnlyList<Life> Lives => lives;

    /// <summary>Says that the tensor is written or read at this time.</summary>
    public void Touch(LaneTensor tensor, int time)
    {
        tensor = tensor.Root;
        if (!byTensor.TryGetValue(tensor, out var life))
        {
            life = new Life(tensor) { First = time, Last = time };
            byTensor.Add(tensor, life);
            lives.Add(life);
        }
        life.First = Math.Min(life.First, time);
        life.Last = Math.Max(life.Last, time);
    }

    /// <summary>Says that a tensor becomes a part of another one, which then lives as long as both.</summary>
    public void Join(LaneTensor part, LaneTensor whole)
    {
        if (byTensor.Remove(part, out var life))
        {
            lives.Remove(life);
            Touch(whole, life.First);
            Touch(whole, life.Last);
        }
    }

    /// <summary>
    /// Says that from the one time to the other different threads are at different times: whatever is alive at one of them is so at all.
    /// </summary>
    public void KeepDuring(int first, int last)
    {
        foreach (var life in lives)
        {
            if (life.First > last || life.Last < first) continue;
            life.First = Math.Min(life.First, first);
            life.Last = Math.Max(life.Last, last);
        }
    }

    /// <summary>Sets the offset of every tensor; returns the floats of a slot.</summary>
    public long Place()
    {
        var placed = new List<Life>();
        long end = 0;
        foreach (var life in lives.OrderByDescending(life => life.Tensor.Floats).ThenBy(life => life.First))
        {
            long offset = 0;
            foreach (var other in placed.Where(other => other.First <= life.Last && life.First <= other.Last).OrderBy(other => other.Tensor.Offset))
            {
                if (offset + life.Floats <= other.Tensor.Offset) break;
                offset = Math.Max(offset, other.Tensor.Offset + other.Floats);
            }
            life.Tensor.Offset = offset;
            placed.Add(life);
            end = Math.Max(end, offset + life.Floats);
        }
        return end;
    }

    /// <summary>From when to when a tensor is needed.</summary>
    internal sealed class Life(LaneTensor tensor)
    {
        public LaneTensor Tensor { get; } = tensor;

        public long Floats { get; } = (tensor.Floats + Alignment - 1) / Alignment * Alignment;

        public int First { get; set; }

        public int Last { get; set; }
    }
}
