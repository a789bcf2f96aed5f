namespace Appliance.Data.Figures;

/// <summary>The file of figures is not one that may be written; the message is a sentence.</summary>
public sealed class FigureFileException(string message) : Exception(message);
