#:project ../src/FeatureMap.Annotations/FeatureMap.Annotations.csproj
#:project ../src/FeatureMap.Zoo/FeatureMap.Zoo.csproj
#:property PublishAot=false
#:property GenerateDocumentationFile=false

using FeatureMap.Analysis;
using FeatureMap.Annotations;
using FeatureMap.Training;
using FeatureMap.Zoo;

// dotnet run samples/09-own-boxes.cs BOXES [PICTURE]: a folder or archive of pictures with boxes of COCO, Pascal VOC, YOLO or a table,
// such as bccd.zip. A detector from scratch learns to find them; the last lines are what it finds in one picture.
if (args is not [var boxes, .. var pictures])
{
    Console.WriteLine("Which pictures? Give the folder or archive of the boxes, such as bccd.zip.");
    return;
}
var data = DetectionData.Open(boxes);
foreach (var notice in data.Notices)
    Console.WriteLine(notice);

var network = Detector.Over(Detection.SmallBackbone(data.Split.ImageShape), data.ClassNames.Count, Detection.SmallChannels);
var run = Trainer.Fit(network, data.Split, Detection.Usual with
{
    Epochs = 20,
    EpochEnded = epoch => Console.WriteLine($"epoch {epoch.Epoch}: loss {epoch.TrainLoss:0.000}, mAP@0.5 {epoch.ValidationMetric:P1}"),
});
var detector = Detector.Of(run.Model);
Console.WriteLine(data.Judge(detector, data.Test ?? data.Split.Validation));

foreach (var picture in pictures)
    foreach (var box in detector.Detect(picture, leastScore: 0.3))
        Console.WriteLine($"{picture}: {detector.ClassNames[box.Class]} {box.Score:P0} at {box.Box}");
