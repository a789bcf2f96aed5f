using System.Text;
using Appliance.Fuzz;
using SharpFuzz;

// Appliance.Fuzz list: the names of the parsers.
// Appliance.Fuzz seeds NAME FOLDER: inputs to begin with.
// Appliance.Fuzz run NAME: what afl-fuzz starts. See `./dev bench fuzz-parsers`.
if (args is ["list"])
{
    foreach (var target in Target.All)
        Console.WriteLine(target.Name);
    return 0;
}

var named = Target.All.FirstOrDefault(target => target.Name == args.ElementAtOrDefault(1));
switch (args)
{
    case ["seeds", _, var folder] when named is not null:
        Directory.CreateDirectory(folder);
        for (var at = 0; at < named.Seeds.Length; at++)
            File.WriteAllBytes(Path.Combine(folder, $"{at:d3}"), Encoding.Latin1.GetBytes(named.Seeds[at]));
        return 0;
    case ["run", _] when named is not null:
        Fuzzer.Run(stream =>
        {
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            named.Check(bytes.ToArray());
        });
        return 0;
    default:
        Console.Error.WriteLine("Appliance.Fuzz list | seeds NAME FOLDER | run NAME");
        return 64;
}
