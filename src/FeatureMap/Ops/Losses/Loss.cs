namespace FeatureMap.Ops;

/// <summary>
/// What training makes small: reads the network's output and the label of each image, gives one number per image. The total loss of a batch is the mean over
/// its images, so the gradient that a loss hands back is that of the mean: 1 / images times the gradient of each image's loss.
/// </summary>
public abstract class Loss : Op
{
    private protected Loss() { }
}
