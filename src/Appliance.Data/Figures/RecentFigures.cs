namespace Appliance.Data.Figures;

/// <summary>What an item carried lately.</summary>
/// <param name="Minute">Finished requests of the last 60 seconds.</param>
/// <param name="Requests">Finished requests of the last five minutes.</param>
/// <param name="Errors">Answers 5xx of the last five minutes.</param>
public readonly record struct RecentFigures(long Minute, long Requests, long Errors);
